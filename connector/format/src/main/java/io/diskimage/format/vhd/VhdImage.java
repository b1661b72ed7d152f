package io.diskimage.format.vhd;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Reference;
import io.diskimage.format.UnsupportedImageException;
import io.diskimage.format.table.SingleFileImage;
import io.diskimage.format.table.StraightCursor;
import io.diskimage.format.table.TableSource;
import java.io.IOException;
import java.util.List;

/** An opened VHD. */
final class VhdImage extends SingleFileImage {
  private final ImageInput input;
  private final VhdHeader header;
  private final boolean encrypted;
  private final TableSource tables;
  private final boolean goesByBitmaps;
  private final BlockTable blocks;

  /**
   * An image over its file.
   *
   * @param encrypted by XenServer (vhd.md section 9.3)
   */
  VhdImage(ImageInput input, VhdHeader header, boolean encrypted, TableSource tables) {
    this(input, header, encrypted, tables, header.footer().isDifferencing());
  }

  private VhdImage(
      ImageInput input,
      VhdHeader header,
      boolean encrypted,
      TableSource tables,
      boolean goesByBitmaps) {
    super(input, VhdInfo.of(header, encrypted));
    this.input = input;
    this.header = header;
    this.encrypted = encrypted;
    this.tables = tables;
    this.goesByBitmaps = goesByBitmaps;
    this.blocks = header.isStraight() ? null : new BlockTable(header, tables);
  }

  VhdHeader header() {
    return header;
  }

  /**
   * The bitmaps of a differencing disk say what is its parent's. Of another disk what is stored
   * counts, whatever they say (vhd.md section 3), unless it is the parent (section 9.3).
   */
  @Override
  protected ExtentCursor mapping(long from, long to, IoCounters io) {
    ExtentCursor runs = blockRuns(from, to, io);
    return goesByBitmaps ? blocks.bySectors(runs, storedSectors(io)) : runs;
  }

  private StoredSectors storedSectors(IoCounters io) {
    return new StoredSectors(header, tables, input.advice().maxGap(), io);
  }

  /** By the block table alone: a block's bitmap is a read of its own. */
  @Override
  protected ExtentCursor counted(IoCounters io) {
    return blockRuns(0, virtualSize(), io);
  }

  private ExtentCursor blockRuns(long from, long to, IoCounters io) {
    return blocks == null ? new StraightCursor(from, to) : blocks.cursor(from, to, io);
  }

  @Override
  protected void requireReadable() throws ImageException {
    if (encrypted) {
      throw new UnsupportedImageException(
          input.location(), ImageException.NO_OFFSET, "VHD encrypted by XenServer");
    }
    if (header.footer().isDifferencing() && !hasBitmaps()) {
      // By the formula blocks below 4 KiB have none (vhd.md section 1.4).
      throw new UnsupportedImageException(
          input.location(),
          header.footer().dataOffset() + DynamicHeader.BLOCK_SIZE_AT,
          "differencing VHD whose blocks have no sector bitmaps");
    }
  }

  @Override
  public List<Reference> parents(IoCounters io) throws IOException {
    return header.footer().isDifferencing()
        ? ParentReferences.candidates(input, header, io)
        : List.of();
  }

  @Override
  public DiskImage below(DiskImage parent) {
    return header.footer().isDifferencing() && parent instanceof VhdImage vhd
        ? vhd.asParent()
        : parent;
  }

  private VhdImage asParent() {
    return goesByBitmaps || !hasBitmaps()
        ? this
        : new VhdImage(input, header, encrypted, tables, true);
  }

  private boolean hasBitmaps() {
    return blocks != null && header.dynamic().bitmapBytes() > 0;
  }

  @Override
  public List<Reference> references(IoCounters io) throws IOException {
    return ParentReferences.read(input, header, io);
  }
}
