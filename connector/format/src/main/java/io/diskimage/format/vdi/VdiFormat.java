package io.diskimage.format.vdi;

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
import io.diskimage.format.table.CachedTables;
import java.io.IOException;

/** The format {@code vdi}. */
public final class VdiFormat implements ImageFormat {

  @Override
  public String name() {
    return "vdi";
  }

  @Override
  public int probe(ProbeInput file) {
    boolean whole = file.headLength() >= VdiHeader.BYTES;
    return whole && VdiHeader.parse(file.head()).hasSignature() ? PROBE_MAGIC : 0;
  }

  /** A VDI file holds no name of its parent (vdi.md section 9.3). */
  @Override
  public boolean parentsById() {
    return true;
  }

  @Override
  public DiskImage open(ImageInput input, OpenOptions options) throws IOException {
    VdiHeader header = readHeader(input, options);
    VdiImage image = new VdiImage(input, header, new CachedTables(input, options.limits()));
    if (options.purpose() == Purpose.READ || options.purpose() == Purpose.WRITE) {
      image.requireReadable();
    }
    return image;
  }

  @Override
  public WritableDiskImage openForWriting(ImageTarget target, WriteOptions options)
      throws IOException {
    return VdiWriter.open(target, options);
  }

  @Override
  public WritableDiskImage create(ImageTarget target, CreateOptions options) throws IOException {
    new VdiCreator(target, options).create();
    return VdiWriter.open(target, options.writing());
  }

  /** The header of an image that may be opened for the purpose of the options. */
  static VdiHeader readHeader(ImageInput input, OpenOptions options) throws IOException {
    byte[] bytes = new byte[VdiHeader.BYTES];
    options.io().metadataRead(input.readPadded(0, bytes, 0, bytes.length));
    VdiHeader header = VdiHeader.parse(bytes);
    header.requireValid(input, options.purpose());
    return header;
  }
}
