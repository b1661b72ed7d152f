package io.diskimage.format.parallels;

import io.diskimage.format.Bytes;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.ImageException;
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

/**
 * A Parallels image that is written (parallels.md section 5, "master").
 *
 * <p>The mark of an image in use is on stable storage from opening to closing. Data are there
 * before the table names their clusters; a format extension, whose bitmaps would miss what is
 * written, goes before the first change.
 */
final class ParallelsWriter extends BlockWriter {
  private static final int SECTOR = 512;

  private final Limits limits;
  private final Preallocation preallocation;
  private final BlockSpace space = new BlockSpace();
  private ParallelsHeader header;
  private FormatExtension extension;
  private BlockTable blocks;
  private EntryTable entries;
  private long dataStart;
  private DiskImage view;
  private boolean changed;

  private ParallelsWriter(
      ImageTarget target,
      WriteOptions options,
      Preallocation preallocation,
      ParallelsHeader header,
      FormatExtension extension) {
    super(target, options);
    this.limits = options.open().limits();
    this.preallocation = preallocation;
    this.header = header;
    this.extension = extension;
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
    FormatExtension extension = FormatExtension.read(target, header, options.open().io());
    extension.requireReadable(target);
    ParallelsWriter writer = new ParallelsWriter(target, options, preallocation, header, extension);
    writer.takeStock();
    writer.storeHeader(ParallelsHeader.IN_USE, header.extOff());
    return writer;
  }

  /** Row 16 of parallels.md section 2, and what would let clusters overlap. */
  private void takeStock() throws IOException {
    long fileSectors = target().sectorLength() / SECTOR;
    boolean settled = header.isDataOffPlausible(fileSectors);
    boolean byTable = !header.isExtended() && header.dataOff() == 0;
    dataStart = header.dataStart(fileSectors);
    boolean whole =
        target().length() >= ParallelsHeader.BYTES + header.batEntries() * BlockTable.ENTRY_BYTES;
    if (!whole
        || (!settled && !byTable)
        || (header.isExtended() && dataStart % header.tracks() != 0)) {
      throw needsCheck(48);
    }
    EntryTable stored =
        new EntryTable(
            new OnePage(target(), limits),
            ParallelsHeader.BYTES,
            header.batEntries(),
            BlockTable.ENTRY_BYTES);
    boolean first = byTable;
    for (long index = 0; index < stored.entries(); ) {
      byte[] page = stored.page(index, io());
      long start = index;
      for (long end = stored.pageEnd(start); index < end; index++) {
        long entry = Bytes.u32le(page, (int) (index - start) * BlockTable.ENTRY_BYTES);
        if (entry == 0) {
          continue;
        }
        long sector = entry * header.entryUnit();
        if (first && sector >= dataStart) {
          // Drivers differ in where the clusters of such an image begin.
          dataStart += (sector - dataStart) % header.tracks();
          first = false;
        }
        long ahead = sector - dataStart;
        if (ahead < 0
            || sector + header.tracks() > fileSectors
            || ahead % header.tracks() != 0
            || !space.use(ahead / header.tracks())) {
          throw needsCheck(stored.hostOffset() + index * BlockTable.ENTRY_BYTES);
        }
      }
    }
    readTable();
  }

  private CorruptImageException needsCheck(long hostOffset) {
    return new CorruptImageException(
        target().location(), hostOffset, "Could not repair corrupted image");
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
      view = new ParallelsImage(target(), header, extension, limits, tables());
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

  /** Before the first change of content the extension is dropped. */
  private void beforeChange() throws IOException {
    if (!changed && header.extOff() != 0) {
      storeHeader(header.inUse(), 0);
      extension = FormatExtension.NONE;
      view = null;
    }
    changed = true;
  }

  @Override
  protected void put(long guestOffset, byte[] source, int offset, int length) throws IOException {
    beforeChange();
    super.put(guestOffset, source, offset, length);
  }

  @Override
  protected void zero(long guestOffset, long length, boolean unmap) throws IOException {
    beforeChange();
    super.zero(guestOffset, length, unmap);
  }

  @Override
  protected void drop(long guestOffset, long length) throws IOException {
    beforeChange();
    super.drop(guestOffset, length);
  }

  @Override
  protected NewBlocks claim(long first, long count) throws IOException {
    WrittenTables.Page page = tables().pageOf(entries, first, io());
    BlockSpace.Run run = space.take(Math.min(count, entries.pageEnd(first) - first));
    try {
      if (place(run.end()) > target().length()) {
        preallocation.grow(target(), place(run.end()), blockSize());
        readTable();
      }
    } catch (IOException notGrown) {
      space.giveBack(run);
      throw notGrown;
    }
    return new NewBlocks(first, run.count(), place(run.first())) {
      @Override
      protected void map() {
        for (int i = 0; i < run.count(); i++) {
          long sector = place(run.first() + i) / SECTOR;
          setEntry(page, first + i, sector / header.entryUnit());
        }
      }

      @Override
      protected void giveBack() {
        space.giveBack(run);
      }
    };
  }

  /** Host offset of a cluster. */
  private long place(long cluster) {
    return (dataStart + cluster * header.tracks()) * SECTOR;
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
    long cluster = (hostOffset / SECTOR - dataStart) / header.tracks();
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
    if (changed && target().length() > place(space.end())) {
      target().setLength(place(space.end()));
      barrier();
    }
    storeHeader(0, header.extOff());
  }

  @Override
  protected void changeSize(long virtualSize) throws IOException {
    throw new UnsupportedImageException(
        target().location(),
        ImageException.NO_OFFSET,
        "Image format driver does not support resize");
  }
}
