package io.diskimage.format.vdi;

import io.diskimage.format.Bytes;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.Limits;
import io.diskimage.format.UnsupportedImageException;
import io.diskimage.format.WriteOptions;
import io.diskimage.format.table.EntryTable;
import io.diskimage.format.table.OnePage;
import io.diskimage.format.table.WrittenTables;
import io.diskimage.format.write.BlockSpace;
import io.diskimage.format.write.BlockWriter;
import java.io.IOException;
import java.util.Locale;

/**
 * A VDI image that is written (vdi.md sections 5 and 9.4).
 *
 * <p>What is allocated is on stable storage in this order: data, header, map. The header's count is
 * never below the numbers that the map names, since QEMU takes the next number from it. Numbers
 * given up are used again, and what is left of them is closed up when the image is closed, so that
 * the count then is that of the blocks, as QEMU's check demands.
 */
final class VdiWriter extends BlockWriter {
  private final Limits limits;
  private byte[] headerBytes;
  private VdiHeader header;
  private BlockTable blocks;
  private EntryTable entries;
  private BlockSpace space;
  private DiskImage view;
  private boolean changed;

  private VdiWriter(ImageTarget target, WriteOptions options) {
    super(target, options);
    this.limits = options.open().limits();
  }

  /** Opens an image that is sound as to its header and map. */
  static VdiWriter open(ImageTarget target, WriteOptions options) throws IOException {
    VdiWriter writer = new VdiWriter(target, options);
    VdiHeader header = VdiFormat.readHeader(target, options.open());
    header.requireReadable(target);
    if (header.blockExtra() != 0) {
      throw new UnsupportedImageException(
          target.location(),
          0x17c,
          "unsupported VDI image (block_extra " + header.blockExtra() + "), which is only read");
    }
    byte[] bytes = new byte[VdiHeader.BYTES];
    target.readPadded(0, bytes, 0, bytes.length);
    writer.turnTo(bytes);
    return writer;
  }

  /**
   * Goes by a header that stands in the file, and by its map. Numbers may be too large after a
   * crash while the map moved, but their blocks are there; closing the image gives them lower ones.
   */
  private void turnTo(byte[] bytes) throws IOException {
    headerBytes = bytes;
    header = VdiHeader.parse(bytes);
    blocks = new BlockTable(header, target(), tables());
    entries = blocks.entries();
    view = null;
    touch(target().length());
    BlockSpace found = new BlockSpace();
    MapEntries.forEach(
        storedMap(),
        0,
        header.blocksInImage(),
        io(),
        (index, entry) -> {
          if (entry >= header.blocksInImage() && blocks.host(entry) >= target().length()) {
            throw corrupt("block index %d too large, is %d", index, entry);
          }
          if (!found.use(entry)) {
            throw corrupt("block index %d also used by another block, is %d", index, entry);
          }
        });
    space = found;
  }

  private CorruptImageException corrupt(String text, long index, long entry) {
    return new CorruptImageException(
        target().location(),
        header.offsetBmap() + index * BlockTable.ENTRY_BYTES,
        String.format(Locale.ROOT, text, index, entry));
  }

  /** The map as it stands in the file. */
  EntryTable storedMap() {
    return new EntryTable(
        new OnePage(target(), limits),
        header.offsetBmap(),
        header.blocksInImage(),
        BlockTable.ENTRY_BYTES);
  }

  VdiHeader header() {
    return header;
  }

  BlockSpace space() {
    return space;
  }

  @Override
  protected DiskImage view() {
    if (view == null) {
      view = new VdiImage(target(), header, tables());
    }
    return view;
  }

  @Override
  protected long blockSize() {
    return header.blockSize();
  }

  @Override
  protected ExtentCursor blocks(long from, long to) {
    return blocks.cursor(from, to, io());
  }

  @Override
  protected NewBlocks claim(long first, long count) throws IOException {
    long most = Math.min(count, entries.pageEnd(first) - first);
    BlockSpace.Run run = space.take(most);
    if (run.end() > header.blocksInImage()) {
      // There are no such numbers; those given up since the last flush suffice.
      space.giveBack(run);
      sync();
      run = space.take(most);
    }
    try {
      return new Numbers(first, run, tables().pageOf(entries, first, io()));
    } catch (IOException unreadable) {
      space.giveBack(run);
      throw unreadable;
    }
  }

  /** Numbers of blocks whose entries stand in one page. */
  private final class Numbers extends NewBlocks {
    private final long first;
    private final BlockSpace.Run run;
    private final WrittenTables.Page page;

    Numbers(long first, BlockSpace.Run run, WrittenTables.Page page) throws IOException {
      super(first, run.count(), blocks.host(run.first()));
      this.first = first;
      this.run = run;
      this.page = page;
    }

    @Override
    protected void map() {
      for (int i = 0; i < run.count(); i++) {
        setEntry(page, first + i, run.first() + i);
      }
    }

    @Override
    protected void giveBack() {
      space.giveBack(run);
    }
  }

  private void setEntry(WrittenTables.Page page, long index, long value) {
    int at = (int) (index - entries.pageStart(index)) * BlockTable.ENTRY_BYTES;
    Bytes.putU32le(page.bytes(), at, value);
    page.changed(at, BlockTable.ENTRY_BYTES);
    changed = true;
    view = null;
  }

  /** Lets an entry name another block. */
  void setEntry(long index, long value) throws IOException {
    setEntry(tables().pageOf(entries, index, io()), index, value);
  }

  /** Blocks of static images keep their places, and those too far behind to be tracked. */
  @Override
  protected boolean giveUp(long first, long count, long hostOffset) throws IOException {
    long number = (hostOffset - header.offsetData()) / header.stride();
    if (header.imageType() == VdiHeader.TYPE_STATIC || !space.tracks(number + count - 1)) {
      target().zero(hostOffset, count * blockSize());
      return true;
    }
    for (long i = 0; i < count; i++) {
      giveUpBlock(first + i, number + i);
    }
    return true;
  }

  /** Only this entry hides a parent (vdi.md section 9.4). */
  @Override
  protected boolean hide(long first, long count) throws IOException {
    for (long i = 0; i < count; i++) {
      if (tables().isFull()) {
        sync();
      }
      setEntry(first + i, BlockTable.DISCARDED);
    }
    return true;
  }

  @Override
  protected void sync() throws IOException {
    barrier();
    if (!changed) {
      return;
    }
    if (space.end() > header.blocksAllocated()) {
      writeCount(space.end());
    }
    if (tables().isChanged()) {
      tables().write();
      barrier();
    }
    space.commit();
  }

  private void writeCount(long count) throws IOException {
    byte[] bytes = headerBytes.clone();
    Bytes.putU64le(bytes, VdiHeader.DISK_SIZE_AT, header.diskSize());
    Bytes.putU32le(bytes, VdiHeader.BLOCKS_ALLOCATED_AT, count);
    target().write(0, bytes, 0, bytes.length);
    barrier();
    headerBytes = bytes;
    header = VdiHeader.parse(bytes);
    view = null;
  }

  /** Closes up numbers that were given up, and gives back what the file has behind the last. */
  @Override
  protected void finish() throws IOException {
    sync();
    long used = space.used();
    if (!changed || used < 0) {
      return;
    }
    moveBlocks(used, space.end());
    if (header.blocksAllocated() != used) {
      writeCount(used);
    }
    long end = header.offsetData() + used * header.stride();
    if (target().length() > end) {
      target().setLength(end);
      barrier();
    }
  }

  /** Gives up a block, whatever the image's type. */
  void giveUpBlock(long index, long number) throws IOException {
    if (tables().isFull()) {
      sync();
    }
    setEntry(index, BlockTable.DISCARDED);
    space.giveUp(new BlockSpace.Run(number, 1));
  }

  /** Moves all blocks of a range of numbers to the lowest free ones. */
  void moveBlocks(long from, long to) throws IOException {
    if (from >= to) {
      return;
    }
    byte[] content = new byte[(int) blockSize()];
    MapEntries.forEach(
        storedMap(),
        0,
        header.blocksInImage(),
        io(),
        (index, entry) -> {
          if (from <= entry && entry < to) {
            moveBlock(index, entry, content);
          }
        });
    sync();
  }

  private void moveBlock(long index, long number, byte[] content) throws IOException {
    if (tables().isFull()) {
      sync();
    }
    target().readPadded(blocks.host(number), content, 0, content.length);
    BlockSpace.Run place = space.take(1);
    touch(blocks.host(place.first()) + content.length);
    try {
      target().write(blocks.host(place.first()), content, 0, content.length);
      setEntry(index, place.first());
    } catch (IOException notMoved) {
      space.giveBack(place);
      throw notMoved;
    }
    space.giveUp(new BlockSpace.Run(number, 1));
  }

  @Override
  protected void changeSize(long virtualSize) throws IOException {
    sync();
    new VdiResize(this, target(), io()).to(virtualSize);
  }

  /**
   * Replaces the header at once, and goes by it; what it names is on stable storage.
   *
   * @param bytes the header that stands in the file, changed
   */
  void switchTo(byte[] bytes) throws IOException {
    barrier();
    try {
      target().write(0, bytes, 0, bytes.length);
    } catch (IOException unknown) {
      throw lose(unknown);
    }
    barrier();
    tables().forget();
    changed = true;
    try {
      turnTo(bytes);
    } catch (IOException unknown) {
      throw lose(unknown);
    }
  }

  /** Says that the file up to a host offset may get content that is no block's. */
  void spoil(long hostEnd) {
    touch(hostEnd);
  }

  /** A copy of the header as it stands in the file. */
  byte[] headerBytes() {
    return headerBytes.clone();
  }

  /**
   * Stores the block that the disk's end cuts, if it shows the parent: behind that end it then is
   * zero, whatever the parent has there.
   */
  void storeLastBlock() throws IOException {
    long at = virtualSize() - 1;
    ExtentCursor last = blocks(at, at + 1);
    last.next();
    if (last.failure() == null && isOfBacking(last.kind())) {
      byte[] one = new byte[1];
      readBacking(at, one, 0, 1);
      put(at, one, 0, 1);
      sync();
    }
  }
}
