package io.diskimage.spark.read;

import io.diskimage.format.Bytes;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageFormat;
import io.diskimage.format.ImageInput;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.ProbeInput;
import java.io.IOException;
import java.util.Arrays;

/** Images that say in words what they are, see {@link ModelDisk}: any mapping, any failure. */
public final class ModelFormat implements ImageFormat {
  static final String NAME = "model";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int probe(ProbeInput file) {
    byte[] magic = Arrays.copyOf(file.head(), ModelDisk.MAGIC.length());
    return Bytes.text(magic, 0, magic.length).equals(ModelDisk.MAGIC) ? PROBE_MAGIC : 0;
  }

  @Override
  public DiskImage open(ImageInput input, OpenOptions options) throws IOException {
    byte[] header = new byte[(int) Math.min(input.length(), ModelDisk.HEADER_BYTES)];
    options.io().metadataRead(input.readPadded(0, header, 0, header.length));
    ModelDisk disk = ModelDisk.parse(Bytes.text(header, 0, header.length));
    if (disk.refused()) {
      throw new CorruptImageException(input.location(), 8, "the model refuses to open");
    }
    return new ModelImage(input, disk);
  }
}
