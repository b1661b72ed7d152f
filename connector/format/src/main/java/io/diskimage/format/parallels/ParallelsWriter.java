package io.diskimage.format.parallels;

import io.diskimage.format.Bytes;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.Limits;
import io.diskimage.format.UnsupportedImageException;
import io.diskimage.format.WriteOptions;
import io.diskimage.format.table.EntryTable;
import io.diskimage.format.table.WrittenTables;
import io.diskimage.format.write.BlockSpace;
import io.diskimage.format.write.BlockWriter;
import java.io.IOException;

/**
 * A Parallels image that is written (parallels.md section 5, "master").
 *
 * <p>The mark of an image in use is on stable storage from opening to closing. Data are there
 * before the table names their clusters. The header does not name the format extension, whose
 * bitmaps record what is written, from before the first change to closing: until then {@link
 * #bitmaps} has none.
 */
final class ParallelsWriter extends BlockWriter {
  private static final int SECTOR = 512;

  private final Limits limits;
  private ParallelsHeader header;
  private ClusterSpace space;
  private WrittenExtension extension;

  /** What the file names. */
  private FormatExtension shown;

  private BlockTable blocks;
  private EntryTable entries;
  private DiskImage view;
  private boolean changed;

  private ParallelsWriter(ImageTarget target, WriteOptions options, ParallelsHeader header) {
    super(target, options);
    this.limits = options.open().limits();
    this.header = header;
    readTable();
  }

  /** Opens an image that no check is due for, and marks it as in use. */
  static ParallelsWriter open(ImageTarget target, WriteOptions options) throws IOException {
    Preallocation preallocation = Preallocation.of(options.open());
    ParallelsHeader header = ParallelsFormat.readHeader(target, options.open());
    if (header.isInUse()) {
      throw new UnsupportedImageException(
          target.location(),
          ParallelsHeader.IN_USE_AT,
          "parallels: Image was not closed correctly; cannot be opened read/write");
    }
    ParallelsWriter writer = new ParallelsWriter(target, options, header);
    writer.load(preallocation);
    writer.storeHeader(ParallelsHeader.IN_USE, header.extOff());
    return writer;
  }

  private void load(Preallocation preallocation) throws IOException {
    FormatExtension stored = FormatExtension.read(target(), header, io());
    shown = new FormatExtension(stored.bitmaps(), null, 0);
    space = ClusterSpace.takeStock(target(), header, preallocation, limits, io());
    extension = WrittenExtension.load(target(), header, tables(), space, new Room(), limits, io());
  }

  /** What bitmaps need to grow. */
  private final class Room implements WrittenBitmap.Room {
    @Override
    public long newCluster() throws IOException {
      BlockSpace.Run run = takeNameable();
      try {
        target().zero(space.hostOffset(run.first()), blockSize());
      } catch (IOException notCleared) {
        space.giveBack(run);
        throw notCleared;
      }
      return space.hostOffset(run.first()) / SECTOR;
    }

    /**
     * A cluster in the second sector cannot be named: its number stands for bits that are all set.
     */
    private BlockSpace.Run takeNameable() throws IOException {
      BlockSpace.Run run = take(1);
      if (space.hostOffset(run.first()) != DirtyBitmap.ALL_DIRTY * SECTOR) {
        return run;
      }
      try {
        return take(1);
      } finally {
        space.giveBack(run);
      }
    }

    @Override
    public void forPages() throws IOException {
      if (tables().isFull()) {
        sync();
      }
    }
  }

  /** Takes free clusters, of which the reader's table then knows. */
  private BlockSpace.Run take(long most) throws IOException {
    long length = target().length();
    BlockSpace.Run run = space.take(most);
    if (target().length() != length) {
      readTable();
    }
    return run;
  }

  /** The reader's table knows clusters up to the end of the file as it is now. */
  private void readTable() {
    blocks = new BlockTable(header, target(), tables());
    entries = blocks.entries();
    view = null;
  }

  /** Stores the header's first 64 bytes, and waits for it. */
  private void storeHeader(long inUse, long extOff) throws IOException {
    byte[] bytes = new byte[ParallelsHeader.BYTES];
    target().readPadded(0, bytes, 0, bytes.length);
    Bytes.putU32le(bytes, ParallelsHeader.IN_USE_AT, inUse);
    Bytes.putU64le(bytes, ParallelsHeader.EXT_OFF_AT, extOff);
    target().write(0, bytes, 0, bytes.length);
    barrier();
    header = ParallelsHeader.parse(bytes);
    readTable();
  }

  @Override
  protected DiskImage view() {
    if (view == null) {
      view = new ParallelsImage(target(), header, shown, limits, tables());
    }
    return view;
  }

  @Override
  protected long blockSize() {
    return header.clusterBytes();
  }

  @Override
  protected ExtentCursor blocks(long from, long to) {
    return blocks.cursor(from, to, io());
  }

  @Override
  protected boolean isOfBacking(ExtentKind kind) {
    return backingSize() > 0 && kind == ExtentKind.UNALLOCATED;
  }

  /** Before the first change the file must not name bitmaps that miss it. */
  private void beforeChange(long guestOffset, long length) throws IOException {
    if (header.extOff() != 0) {
      shown = FormatExtension.NONE;
      storeHeader(header.inUse(), 0);
      extension.begin();
    }
    changed = true;
    extension.mark(guestOffset, length);
  }

  @Override
  protected void put(long guestOffset, byte[] source, int offset, int length) throws IOException {
    beforeChange(guestOffset, length);
    super.put(guestOffset, source, offset, length);
  }

  @Override
  protected void zero(long guestOffset, long length, boolean unmap) throws IOException {
    beforeChange(guestOffset, length);
    super.zero(guestOffset, length, unmap);
  }

  @Override
  protected void drop(long guestOffset, long length) throws IOException {
    beforeChange(guestOffset, length);
    super.drop(guestOffset, length);
  }

  @Override
  protected NewBlocks claim(long first, long count) throws IOException {
    WrittenTables.Page page = tables().pageOf(entries, first, io());
    BlockSpace.Run run = take(Math.min(count, entries.pageEnd(first) - first));
    return new NewBlocks(first, run.count(), space.hostOffset(run.first())) {
      @Override
      protected void map() {
        for (int i = 0; i < run.count(); i++) {
          long sector = space.hostOffset(run.first() + i) / SECTOR;
          setEntry(page, first + i, sector / header.entryUnit());
        }
      }

      @Override
      protected void giveBack() {
        space.giveBack(run);
      }
    };
  }

  private void setEntry(WrittenTables.Page page, long index, long value) {
    int at = (int) (index - entries.pageStart(index)) * BlockTable.ENTRY_BYTES;
    Bytes.putU32le(page.bytes(), at, value);
    page.changed(at, BlockTable.ENTRY_BYTES);
    view = null;
  }

  /** Clusters over another layer stay: an entry of zero would show that one. */
  @Override
  protected boolean giveUp(long first, long count, long hostOffset) throws IOException {
    long cluster = space.cluster(hostOffset);
    if (backingSize() > 0 || !space.tracks(cluster + count - 1)) {
      return false;
    }
    for (long i = 0; i < count; i++) {
      if (tables().isFull()) {
        sync();
      }
      setEntry(tables().pageOf(entries, first + i, io()), first + i, 0);
      space.giveUp(new BlockSpace.Run(cluster + i, 1));
    }
    return true;
  }

  @Override
  protected void sync() throws IOException {
    barrier();
    if (tables().isChanged()) {
      tables().write();
      barrier();
    }
    space.commit();
  }

  @Override
  protected void finish() throws IOException {
    sync();
    long extOff = header.extOff();
    if (changed) {
      extOff = extension.store();
      if (target().length() > space.end()) {
        target().setLength(space.end());
      }
      barrier();
    }
    storeHeader(0, extOff);
  }

  @Override
  protected void changeSize(long virtualSize) throws IOException {
    throw new UnsupportedImageException(
        target().location(),
        ImageException.NO_OFFSET,
        "Image format driver does not support resize");
  }
}
