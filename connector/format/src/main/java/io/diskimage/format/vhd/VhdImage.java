package io.diskimage.format.vhd;

import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Reference;
import io.diskimage.format.table.SingleFileImage;
import io.diskimage.format.table.StraightCursor;
import io.diskimage.format.table.TableSource;
import java.io.IOException;
import java.util.List;

/** An opened VHD. */
final class VhdImage extends SingleFileImage {
  private final ImageInput input;
  private final VhdHeader header;
  private final BlockTable blocks;

  VhdImage(ImageInput input, VhdHeader header, TableSource tables) {
    super(input, VhdInfo.of(header));
    this.input = input;
    this.header = header;
    this.blocks = header.isStraight() ? null : new BlockTable(header, tables);
  }

  @Override
  protected ExtentCursor mapping(long from, long to, IoCounters io) {
    return blocks == null ? new StraightCursor(from, to) : blocks.cursor(from, to, io);
  }

  @Override
  protected void requireReadable() throws ImageException {
    header.requireReadable(input);
  }

  @Override
  public List<Reference> references(IoCounters io) throws IOException {
    return ParentReferences.read(input, header, io);
  }
}
