package io.diskimage.format.vhd;

import io.diskimage.format.Bytes;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.Limits;
import io.diskimage.format.UnsupportedImageException;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.WriteOptions;
import io.diskimage.format.table.EntryTable;
import io.diskimage.format.table.WrittenTables;
import io.diskimage.format.write.BlockWriter;
import java.io.IOException;

/**
 * A dynamic or differencing disk that is written (vhd.md sections 5 and 9).
 *
 * <p>A new block's range is made clean and its data are written; data are on stable storage before
 * the bits and table entries that speak of them. The file ends in a footer at every moment ({@link
 * BlockArea}).
 */
final class VhdWriter extends BlockWriter {
  private static final int SECTOR = 512;
  private static final int PIECE = 1 << 20;
  private static final byte[] ZERO_SECTOR = new byte[SECTOR];

  private final SizeRule rule;
  private final Limits limits;
  private VhdHeader header;
  private BlockTable blocks;
  private EntryTable entries;
  private BlockArea area;
  private BlockBitmaps bitmaps;
  private DiskImage view;

  private VhdWriter(ImageTarget target, WriteOptions options, SizeRule rule) {
    super(target, options);
    this.rule = rule;
    this.limits = options.open().limits();
  }

  /** Opens an image of any kind that has blocks where blocks may be. */
  static WritableDiskImage open(ImageTarget target, WriteOptions options) throws IOException {
    SizeRule rule = SizeRule.of(options.open().formatOptions().get(VhdFormat.SIZE_OPTION));
    VhdImage image = VhdFormat.read(target, options.open());
    image.requireReadable();
    VhdHeader header = image.header();
    if (header.footer().savedState() != 0) {
      throw new UnsupportedImageException(
          target.location(), 84, "VHD of a machine with a saved state, which is only read");
    }
    if (header.isStraight()) {
      return new FixedWriter(target, header, rule);
    }
    boolean over = header.footer().isDifferencing() && options.backing() != null;
    VhdWriter writer =
        new VhdWriter(
            target, over ? options.withBacking(image.below(options.backing())) : options, rule);
    writer.turnTo(header);
    return writer;
  }

  /** Goes by what stands in the file. */
  private void turnTo(VhdHeader newHeader) throws IOException {
    header = newHeader;
    touch(target().sectorLength());
    blocks = new BlockTable(header, tables());
    entries = blocks.entries();
    area = BlockArea.of(target(), header, limits, io(), this::barrier);
    bitmaps = new BlockBitmaps(header, tables(), io());
    view = null;
  }

  /** As {@link #turnTo}, after the file's headers were changed. */
  void reread() throws IOException {
    try {
      tables().forget();
      turnTo(VhdHeader.read(target(), rule, io()));
    } catch (IOException unknown) {
      throw lose(unknown);
    }
    area.trimLater();
  }

  VhdHeader header() {
    return header;
  }

  BlockArea area() {
    return area;
  }

  /** Refuses sizes that no disk can have. */
  static void requireSize(ImageTarget target, long bytes) throws UnsupportedImageException {
    if (bytes / SECTOR > VhdHeader.MAX_SECTORS) {
      throw new UnsupportedImageException(
          target.location(),
          ImageException.NO_OFFSET,
          "Disk size is too large, max size is 2040 GiB");
    }
  }

  @Override
  protected DiskImage view() {
    if (view == null) {
      view = new VhdImage(target(), header, false, tables());
    }
    return view;
  }

  @Override
  protected long blockSize() {
    return header.dynamic().blockSize();
  }

  @Override
  protected ExtentCursor blocks(long from, long to) {
    return blocks.cursor(from, to, io());
  }

  private boolean isDifferencing() {
    return header.footer().isDifferencing();
  }

  /** One block at a time, since the next one's bitmap stands between them. */
  @Override
  protected NewBlocks claim(long first, long count) throws IOException {
    WrittenTables.Page page = tables().pageOf(entries, first, io());
    long place = area.claim();
    try {
      bitmaps.clear(target(), place, isDifferencing());
    } catch (IOException notCleared) {
      area.giveBack(place);
      throw notCleared;
    }
    return new NewBlocks(first, 1, place + header.dynamic().bitmapBytes()) {
      @Override
      protected void map() {
        setEntry(page, first, place / SECTOR);
      }

      @Override
      protected void giveBack() {
        area.giveBack(place);
      }
    };
  }

  private void setEntry(WrittenTables.Page page, long index, long value) {
    int at = (int) (index - entries.pageStart(index)) * BlockTable.ENTRY_BYTES;
    Bytes.putU32be(page.bytes(), at, value);
    page.changed(at, BlockTable.ENTRY_BYTES);
    view = null;
  }

  /** Lets an entry name another block, or none. */
  void setEntry(long index, long value) throws IOException {
    if (tables().isFull()) {
      sync();
    }
    setEntry(tables().pageOf(entries, index, io()), index, value);
  }

  /** Differencing disks hold sectors, others blocks whose bits are all set. */
  @Override
  protected void stored(long guestOffset, long length, long hostOffset) throws IOException {
    long at = guestOffset;
    while (at < guestOffset + length) {
      long inBlock = at % blockSize();
      long part = Math.min(blockSize() - inBlock, guestOffset + length - at);
      long place = hostOffset + (at - guestOffset) - inBlock - header.dynamic().bitmapBytes();
      if (isDifferencing()) {
        bitmaps.set(place, (int) (inBlock / SECTOR), (int) ((inBlock + part) / SECTOR));
      } else {
        bitmaps.fill(place);
      }
      at += part;
    }
  }

  @Override
  protected void put(long guestOffset, byte[] source, int offset, int length) throws IOException {
    if (!isDifferencing()) {
      super.put(guestOffset, source, offset, length);
      return;
    }
    long end = guestOffset + length;
    for (long at = guestOffset; at < end; ) {
      int from = offset + (int) (at - guestOffset);
      long whole = end / SECTOR * SECTOR;
      int part;
      if (at % SECTOR != 0 || whole == at) {
        part = (int) (Math.min(end, at / SECTOR * SECTOR + SECTOR) - at);
        putInSector(at, source, from, part);
      } else {
        part = (int) (whole - at);
        super.put(at, source, from, part);
      }
      at += part;
    }
  }

  /** A sector that the parent has comes here as a whole. */
  private void putInSector(long guestOffset, byte[] source, int offset, int length)
      throws IOException {
    long sector = guestOffset / SECTOR * SECTOR;
    ExtentCursor run = view().extents(sector, sector + SECTOR, io());
    run.next();
    if (run.failure() != null) {
      throw run.failure();
    }
    if (run.kind() == ExtentKind.DATA) {
      super.put(guestOffset, source, offset, length);
      return;
    }
    byte[] whole = new byte[SECTOR];
    readBacking(sector, whole, 0, SECTOR);
    System.arraycopy(source, offset, whole, (int) (guestOffset - sector), length);
    super.put(sector, whole, 0, SECTOR);
  }

  @Override
  protected void zero(long guestOffset, long length, boolean unmap) throws IOException {
    long end = guestOffset + length;
    long whole = (guestOffset + SECTOR - 1) / SECTOR * SECTOR;
    long wholeEnd = end / SECTOR * SECTOR;
    if (!isDifferencing() || (whole == guestOffset && wholeEnd == end)) {
      super.zero(guestOffset, length, unmap);
      return;
    }
    if (whole >= wholeEnd) {
      put(guestOffset, new byte[(int) length], 0, (int) length);
      return;
    }
    put(guestOffset, ZERO_SECTOR, 0, (int) (whole - guestOffset));
    super.zero(whole, wholeEnd - whole, unmap);
    put(wholeEnd, ZERO_SECTOR, 0, (int) (end - wholeEnd));
  }

  @Override
  protected boolean isZero(long hostOffset, long length) {
    return !area.hadFooterIn(hostOffset, length);
  }

  /** A sector that is not stored shows the parent, so nothing is filled. */
  @Override
  protected boolean isFilled() {
    return !isDifferencing();
  }

  /** The format has no entry that gives up content and keeps reading as zero. */
  @Override
  protected void drop(long guestOffset, long length) {}

  @Override
  protected void sync() throws IOException {
    barrier();
    if (tables().isChanged()) {
      tables().write();
      barrier();
    }
  }

  @Override
  protected void finish() throws IOException {
    sync();
    area.trim();
  }

  @Override
  protected void changeSize(long virtualSize) throws IOException {
    requireSize(target(), virtualSize);
    sync();
    area.trim();
    new VhdResize(this, target(), io()).to(virtualSize);
  }

  /** Says that headers or footers in the file cannot be told. */
  IOException lost(IOException reason) {
    return lose(reason);
  }

  EntryTable entries() {
    return entries;
  }

  /** Moves a block with its bitmap to the end of the blocks. */
  void moveBlock(long index, long place) throws IOException {
    long unit = header.dynamic().bitmapBytes() + blockSize();
    long newPlace = area.claim();
    touch(newPlace + unit);
    byte[] piece = new byte[(int) Math.min(PIECE, unit)];
    for (long at = 0; at < unit; at += piece.length) {
      int length = (int) Math.min(piece.length, unit - at);
      target().readPadded(place + at, piece, 0, length);
      target().write(newPlace + at, piece, 0, length);
    }
    setEntry(index, newPlace / SECTOR);
  }

  /**
   * Lets a range behind the disk's end, which the table has entries for, read as zero.
   *
   * @param to whole sectors, like {@code from}
   */
  void hideParent(long from, long to) throws IOException {
    long end = Math.min(to, (backingSize() + SECTOR - 1) / SECTOR * SECTOR);
    if (isDifferencing() && from < end) {
      zero(from, end - from, false);
      sync();
    }
  }
}
