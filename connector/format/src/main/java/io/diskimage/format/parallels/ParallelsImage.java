package io.diskimage.format.parallels;

import io.diskimage.format.BitmapInfo;
import io.diskimage.format.BitmapNotFoundException;
import io.diskimage.format.DirtyRanges;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Limits;
import io.diskimage.format.table.SingleFileImage;
import io.diskimage.format.table.TableSource;
import java.io.IOException;
import java.util.List;
import java.util.Objects;

/** An opened Parallels image. */
final class ParallelsImage extends SingleFileImage {
  private final ImageInput input;
  private final ParallelsHeader header;
  private final FormatExtension extension;
  private final Limits limits;
  private final TableSource tables;
  private final BlockTable blocks;

  ParallelsImage(
      ImageInput input,
      ParallelsHeader header,
      FormatExtension extension,
      Limits limits,
      TableSource tables) {
    super(input, ParallelsInfo.of(header, extension));
    this.input = input;
    this.header = header;
    this.extension = extension;
    this.limits = limits;
    this.tables = tables;
    this.blocks = new BlockTable(header, input, tables);
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
    return FormatExtension.bitmaps(input, header, limits, io);
  }

  @Override
  public DirtyRanges dirtyRanges(String bitmap, long from, long to, IoCounters io)
      throws IOException {
    Objects.checkFromToIndex(from, to, virtualSize());
    DirtyRanges[] ranges = {null};
    boolean found =
        FormatExtension.findBitmap(
            input,
            header,
            bitmap,
            io,
            (at, each) -> ranges[0] = each.ranges(input, header, tables, at, from, to, io));
    if (!found) {
      throw new BitmapNotFoundException(
          input.location(), header.extOff() * 512, "there is no bitmap of name '" + bitmap + "'");
    }
    return ranges[0];
  }
}
