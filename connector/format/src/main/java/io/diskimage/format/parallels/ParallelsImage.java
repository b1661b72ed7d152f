package io.diskimage.format.parallels;

import io.diskimage.format.BitmapInfo;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Limits;
import io.diskimage.format.table.CachedTables;
import io.diskimage.format.table.SingleFileImage;
import java.io.IOException;
import java.util.List;

/** An opened Parallels image. */
final class ParallelsImage extends SingleFileImage {
  private final ImageInput input;
  private final ParallelsHeader header;
  private final FormatExtension extension;
  private final int maxTextBytes;
  private final BlockTable blocks;

  ParallelsImage(
      ImageInput input, ParallelsHeader header, FormatExtension extension, Limits limits) {
    super(input, ParallelsInfo.of(header, extension));
    this.input = input;
    this.header = header;
    this.extension = extension;
    this.maxTextBytes = limits.textBytes();
    this.blocks = new BlockTable(header, input, new CachedTables(input, limits));
  }

  @Override
  protected ExtentCursor mapping(long from, long to, IoCounters io) {
    return blocks.cursor(from, to, io);
  }

  @Override
  protected void requireReadable() throws ImageException {
    extension.requireReadable(input);
  }

  @Override
  public List<BitmapInfo> bitmaps(IoCounters io) throws IOException {
    return FormatExtension.bitmaps(input, header, maxTextBytes, io);
  }
}
