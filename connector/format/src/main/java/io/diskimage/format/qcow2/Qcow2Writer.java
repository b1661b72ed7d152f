package io.diskimage.format.qcow2;

import io.diskimage.format.BitmapInfo;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageInput;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.IoCounters;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.WriteOptions;
import io.diskimage.format.write.WrittenImage;
import java.io.IOException;
import java.util.List;

/** An opened qcow2 image that is written (qcow2.md section 5). */
final class Qcow2Writer extends WrittenImage {
  private final Qcow2Contents contents;
  private final List<ImageInput> inputs;
  private final OpenOptions options;
  private final GuestKey key;
  private final IoCounters io;

  private final CorruptionMark mark;
  private final HeaderFields fields;
  private final MetadataCache cache;
  private final Refcounts refcounts;
  private final ActiveL1 l1;
  private final ClusterAllocator allocator;
  private final ActiveMapping mapping;
  private final HostWrites guestData;
  private final MetadataOrder order;
  private final ClusterWrites writes;
  private final ClusterZeroes zeroes;
  private final CompressedWrites compressed;
  private final DiskSize size;

  private Qcow2Image view;
  private boolean begun;

  /** Once changes have begun: a bitmap that was in use before; null for none. */
  private String staleBitmap;

  private Qcow2Writer(
      ImageTarget target,
      Qcow2Contents contents,
      List<ImageInput> inputs,
      ImageTarget guestFile,
      GuestKey key,
      WriteOptions options) {
    super(target);
    Qcow2Header header = contents.header();
    this.contents = contents;
    this.inputs = inputs;
    this.options = options.open();
    this.key = key;
    this.io = options.open().io();
    this.mark = new CorruptionMark(target, header);
    this.fields = new HeaderFields(target);
    this.cache = new MetadataCache(target, options.open().limits());
    this.refcounts = new Refcounts(mark, header, cache, io);
    this.l1 = new ActiveL1(cache, header, io);
    int clusterBits = (int) header.clusterBits();
    OverlapGuard guard =
        new OverlapGuard(mark, l1, refcounts, FixedAreas.of(contents), clusterBits);
    RefcountStore store = new RefcountStore(target, cache, refcounts, guard, fields);
    this.allocator = new ClusterAllocator(target, refcounts, store, cache, clusterBits);
    this.mapping = new ActiveMapping(header, cache, l1, allocator, mark, io);
    this.guestData =
        new HostWrites(
            guestFile, header.dataFile() ? null : guard, key == null ? null : key.encryption());
    this.order = new MetadataOrder(target, cache, l1, fields, store, allocator, guard, guestData);
    GuestContent content = new GuestContent(() -> view, options.backing(), io);
    this.writes = new ClusterWrites(header, mapping, allocator, order, guestData, content);
    this.zeroes =
        new ClusterZeroes(
            header,
            mapping,
            order,
            writes,
            guestData,
            content,
            this::virtualSize,
            contents.backed());
    this.compressed =
        new CompressedWrites(
            target, header, mapping, allocator, order, writes, guestData, options.compression());
    this.size =
        new DiskSize(
            target,
            header.dataFile() ? guestFile : null,
            header,
            fields,
            mapping,
            allocator,
            order,
            zeroes,
            new Preallocation(target, header, mapping, allocator, order),
            new L1Growth(target, cache, l1, allocator, order, clusterBits),
            this::show);
    show(header.virtualSize());
  }

  /** Opens an image; on failure the target is left open. */
  static Qcow2Writer open(ImageTarget target, WriteOptions options) throws IOException {
    WriteOptions strict = strict(options);
    Qcow2Contents contents = Qcow2Contents.read(target, strict.open());
    new WriteChecks(target).marks(contents.header());
    // Late: deriving a key takes longer than all before.
    GuestKey key = GuestKey.of(contents.header(), contents.extensions(), target, strict.open());
    List<ImageInput> inputs = List.of();
    boolean opened = false;
    try {
      inputs = DataFile.inputs(target, contents.header(), contents.extensions(), strict.open());
      Qcow2Writer writer = over(target, contents, inputs, key, strict);
      opened = true;
      return writer;
    } finally {
      if (!opened) {
        giveUp(key, inputs);
      }
    }
  }

  /**
   * Over an image whose parts are open.
   *
   * @param inputs the target, and the data file if there is one
   * @param key null if the image is not encrypted
   */
  static Qcow2Writer over(
      ImageTarget target,
      Qcow2Contents contents,
      List<ImageInput> inputs,
      GuestKey key,
      WriteOptions options)
      throws IOException {
    ImageTarget guestFile = new WriteChecks(target).guestData(inputs);
    Qcow2Writer writer = new Qcow2Writer(target, contents, inputs, guestFile, key, options);
    writer.refcounts.load(target);
    return writer;
  }

  private static void giveUp(GuestKey key, List<ImageInput> inputs) throws IOException {
    if (key != null) {
      key.close();
    }
    if (inputs.size() > DataFile.INPUT) {
      inputs.get(DataFile.INPUT).close();
    }
  }

  /** Options by which everything is validated that writing needs, whatever they were made for. */
  static WriteOptions strict(WriteOptions options) {
    OpenOptions open = options.open();
    return options.withOpen(
        new OpenOptions(
            Purpose.WRITE,
            open.limits(),
            open.references(),
            open.passphrases(),
            open.formatOptions(),
            open.io()));
  }

  /** Makes the view one of a disk of some size, mapped by the L1 table as it is now. */
  private void show(long virtualSize) {
    Qcow2Header now = contents.header().withDisk(virtualSize, l1.entries(), l1.offset());
    view = new Qcow2Image(contents.with(now), inputs, cache, Long.MAX_VALUE, options.limits(), key);
  }

  @Override
  protected DiskImage view() {
    return view;
  }

  /** A change of the image. */
  @FunctionalInterface
  private interface Change {
    void run() throws IOException;
  }

  private void change(Change change) throws IOException {
    try {
      if (!begun) {
        begin();
        begun = true;
      }
      view.forgetAllocation();
      change.run();
    } catch (CorruptImageException event) {
      throw mark.isSet() ? lose(event) : event;
    }
  }

  /** Says in the file what is not kept up from now on. */
  private void begin() throws IOException {
    staleBitmap = bitmapInUse();
    BitmapsInUse.mark(target(), contents, io);
    long known = Qcow2Header.AUTOCLEAR_BITMAPS | Qcow2Header.AUTOCLEAR_RAW_DATA_FILE;
    long features = contents.header().autoclearFeatures();
    if ((features & ~known) != 0) {
      fields.autoclear(features & known);
      target().flush();
    }
  }

  private String bitmapInUse() throws IOException {
    return bitmaps(io).stream()
        .filter(BitmapInfo::inUse)
        .map(BitmapInfo::name)
        .findFirst()
        .orElse(null);
  }

  @Override
  protected void put(long guestOffset, byte[] source, int offset, int length) throws IOException {
    change(() -> writes.write(guestOffset, source, offset, length));
  }

  @Override
  protected void zero(long guestOffset, long length, boolean unmap) throws IOException {
    change(() -> zeroes.zero(guestOffset, length, unmap));
  }

  @Override
  protected void drop(long guestOffset, long length) throws IOException {
    change(() -> zeroes.discard(guestOffset, length));
  }

  @Override
  protected void putCompressed(long guestOffset, byte[] source, int offset, int length)
      throws IOException {
    change(() -> compressed.write(guestOffset, source, offset, length));
  }

  @Override
  protected void changeSize(long virtualSize) throws IOException {
    new WriteChecks(target()).resizable(contents, begun ? staleBitmap : bitmapInUse());
    long before = virtualSize();
    change(
        () -> {
          if (virtualSize > before) {
            size.grow(before, virtualSize);
          } else {
            size.shrink(before, virtualSize);
          }
        });
  }

  @Override
  protected void sync() throws IOException {
    if (begun) {
      change(order::commit);
    }
  }

  /** Gives the disk of a new image its size in bytes. */
  void giveSize(long virtualSize) throws IOException {
    change(() -> size.begin(virtualSize));
  }

  /** Gives every cluster of the disk a place (qcow2.md section 6.2). */
  void preallocate(Preallocation.Mode mode) throws IOException {
    change(
        () ->
            new Preallocation(target(), contents.header(), mapping, allocator, order)
                .run(mode, virtualSize()));
  }

  /** Takes clusters for what no table maps, and names no place for them. */
  long allocate(long clusters) throws IOException {
    long[] place = new long[1];
    change(() -> place[0] = allocator.allocate(clusters));
    return place[0];
  }

  @Override
  protected void release() throws IOException {
    compressed.close();
    // Closes the key, the target and the data file.
    view.close();
  }
}
