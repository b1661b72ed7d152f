package io.diskimage.format.qcow2;

import io.diskimage.format.Bytes;
import io.diskimage.format.CreateOptions;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageFormat;
import io.diskimage.format.ImageInput;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.ProbeInput;
import io.diskimage.format.Purpose;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.WriteOptions;
import java.io.IOException;
import java.util.List;

/** The driver {@code qcow2} (qcow2.md section 2). */
public final class Qcow2Format implements ImageFormat {
  static final String NAME = "qcow2";

  /** Below this a file is not even probed (formats/README.md section 3). */
  private static final int PROBE_BYTES = 112;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int probe(ProbeInput file) {
    byte[] head = file.head();
    boolean ours =
        file.headLength() >= PROBE_BYTES
            && Bytes.u32be(head, 0) == Qcow2Header.MAGIC
            && Bytes.u32be(head, 4) >= 2;
    return ours ? PROBE_MAGIC : 0;
  }

  @Override
  public DiskImage open(ImageInput input, OpenOptions options) throws IOException {
    Qcow2Contents contents = Qcow2Contents.read(input, options);
    Qcow2Header header = contents.header();
    boolean reads = options.purpose() == Purpose.READ || options.purpose() == Purpose.WRITE;
    // Late: deriving a key takes longer than all before.
    GuestKey key = reads ? GuestKey.of(header, contents.extensions(), input, options) : null;
    boolean opened = false;
    try {
      List<ImageInput> inputs = DataFile.inputs(input, header, contents.extensions(), options);
      opened = true;
      return new Qcow2Image(contents, inputs, options.limits(), key);
    } finally {
      if (!opened && key != null) {
        key.close();
      }
    }
  }

  @Override
  public WritableDiskImage openForWriting(ImageTarget target, WriteOptions options)
      throws IOException {
    return Qcow2Writer.open(target, options);
  }

  @Override
  public WritableDiskImage create(ImageTarget target, CreateOptions options) throws IOException {
    return Qcow2Creator.create(target, options);
  }
}
