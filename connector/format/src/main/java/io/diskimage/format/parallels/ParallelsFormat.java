package io.diskimage.format.parallels;

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

/** The format {@code parallels}. */
public final class ParallelsFormat implements ImageFormat {

  @Override
  public String name() {
    return "parallels";
  }

  @Override
  public int probe(ProbeInput file) {
    boolean whole = file.headLength() >= ParallelsHeader.BYTES;
    return whole && ParallelsHeader.parse(file.head()).isKnown() ? PROBE_MAGIC : 0;
  }

  @Override
  public DiskImage open(ImageInput input, OpenOptions options) throws IOException {
    ParallelsHeader header = readHeader(input, options);
    FormatExtension extension = FormatExtension.read(input, header, options.io());
    CachedTables tables = new CachedTables(input, options.limits());
    ParallelsImage image = new ParallelsImage(input, header, extension, options.limits(), tables);
    if (options.purpose() != Purpose.INFO) {
      image.requireReadable();
    }
    return image;
  }

  @Override
  public WritableDiskImage openForWriting(ImageTarget target, WriteOptions options)
      throws IOException {
    return ParallelsWriter.open(target, options);
  }

  @Override
  public WritableDiskImage create(ImageTarget target, CreateOptions options) throws IOException {
    new ParallelsCreator(target, options).create();
    return ParallelsWriter.open(target, options.writing());
  }

  /** The header of a valid image; its format extension is another matter. */
  static ParallelsHeader readHeader(ImageInput input, OpenOptions options) throws IOException {
    byte[] bytes = new byte[ParallelsHeader.BYTES];
    options.io().metadataRead(input.readPadded(0, bytes, 0, bytes.length));
    ParallelsHeader header = ParallelsHeader.parse(bytes);
    header.requireValid(input);
    return header;
  }
}
