package io.diskimage.format.qcow2;

import io.diskimage.format.AllocationSummary;
import io.diskimage.format.BitmapInfo;
import io.diskimage.format.Closing;
import io.diskimage.format.ClusterDecoder;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.DirtyRanges;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInfo;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Limits;
import io.diskimage.format.LockedImageException;
import io.diskimage.format.Reference;
import io.diskimage.format.SnapshotInfo;
import io.diskimage.format.SnapshotNotFoundException;
import io.diskimage.format.StoredInput;
import io.diskimage.format.UnsupportedImageException;
import io.diskimage.format.table.CachedTables;
import io.diskimage.format.table.KeptAllocation;
import io.diskimage.format.table.TableSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/** An opened qcow2 layer, or the view of it at a snapshot. */
final class Qcow2Image implements DiskImage {
  private static final int MAX_VIEWS = 16;

  /** The file itself, and its data file if it has one and data may be read. */
  private final List<ImageInput> inputs;

  private final ImageInput input;
  private final Qcow2Header header;
  private final HeaderExtensions extensions;
  private final SnapshotTable snapshots;
  private final TableSource tables;
  private final long fileEnd;
  private final Limits limits;

  /** Null if the image is not encrypted, or not opened for its data. */
  private final GuestKey key;

  private final ImageInfo info;
  private final Mapping mapping;
  private final long virtualSize;
  private final KeptAllocation allocation = new KeptAllocation();

  /**
   * Snapshots that were asked for lately, by their place in the table: slices of a scan share one
   * view.
   */
  private final Map<Long, Qcow2Image> views = new LinkedHashMap<>(16, 0.75f, true);

  /** An image that is only read. */
  Qcow2Image(Qcow2Contents contents, List<ImageInput> inputs, Limits limits, GuestKey key) {
    this(
        contents,
        inputs,
        new CachedTables(inputs.get(0), limits),
        inputs.get(0).sectorLength(),
        limits,
        key);
  }

  /**
   * An image as others see it through some tables.
   *
   * @param fileEnd behind it no table can be
   * @param key null if the image is not encrypted, or not opened for its data
   */
  Qcow2Image(
      Qcow2Contents contents,
      List<ImageInput> inputs,
      TableSource tables,
      long fileEnd,
      Limits limits,
      GuestKey key) {
    this.inputs = List.copyOf(inputs);
    this.input = inputs.get(0);
    this.header = contents.header();
    this.extensions = contents.extensions();
    this.snapshots = contents.snapshots();
    this.tables = tables;
    this.fileEnd = fileEnd;
    this.limits = limits;
    this.key = key;
    this.virtualSize = header.virtualSize();
    this.mapping = mapping(header.l1TableOffset(), header.l1Size(), contents.backed());
    this.info = describe(header, extensions, contents.backed() ? contents.backingFile() : null);
  }

  private Mapping mapping(long l1Offset, long l1Size, boolean backed) {
    return Mapping.of(header, input.location(), fileEnd, tables, l1Offset, l1Size, backed);
  }

  private Qcow2Image(Qcow2Image active, Mapping mapping, long virtualSize) {
    this.inputs = active.inputs;
    this.input = active.input;
    this.header = active.header;
    this.extensions = active.extensions;
    this.snapshots = active.snapshots;
    this.tables = active.tables;
    this.fileEnd = active.fileEnd;
    this.limits = active.limits;
    this.key = active.key;
    this.info = active.info;
    this.mapping = mapping;
    this.virtualSize = virtualSize;
  }

  private static ImageInfo describe(
      Qcow2Header header, HeaderExtensions extensions, String backingFile) {
    ImageInfo.Builder info =
        ImageInfo.of(Qcow2Format.NAME, header.virtualSize())
            .formatVersion(Long.toString(header.version()))
            .clusterSize(header.clusterSize())
            .encrypted(header.cryptMethod() != Qcow2Header.CRYPT_NONE)
            .dirty(header.has(Qcow2Header.INCOMPATIBLE_DIRTY))
            .corrupt(header.has(Qcow2Header.INCOMPATIBLE_CORRUPT))
            .backing(backingFile, extensions.backingFormat())
            .snapshotCount((int) header.snapshotCount())
            .bitmapCount(extensions.bitmapCount())
            .features(features(header, extensions, backingFile));
    if (header.dataFile()) {
      info.dataFile(extensions.dataFile());
    }
    header.describe(info);
    extensions.describe(info);
    return info.build();
  }

  private static List<String> features(
      Qcow2Header header, HeaderExtensions extensions, String backingFile) {
    List<String> features = new ArrayList<>();
    addIf(features, header.has(Qcow2Header.INCOMPATIBLE_DIRTY), "dirty bit");
    addIf(features, header.has(Qcow2Header.INCOMPATIBLE_CORRUPT), "corrupt bit");
    addIf(features, header.dataFile(), "external data file");
    addIf(features, header.compressionType() == Qcow2Header.COMPRESSION_ZSTD, "zstd compression");
    addIf(features, header.extendedL2(), "extended L2 entries");
    addIf(features, (header.compatibleFeatures() & 1) != 0, "lazy refcounts");
    addIf(features, extensions.bitmapCount() > 0, "bitmaps");
    addIf(
        features,
        (header.autoclearFeatures() & Qcow2Header.AUTOCLEAR_RAW_DATA_FILE) != 0,
        "raw external data");
    addIf(features, header.cryptMethod() == Qcow2Header.CRYPT_AES, "AES encryption");
    addIf(features, header.cryptMethod() == Qcow2Header.CRYPT_LUKS, "LUKS encryption");
    addIf(features, backingFile != null, "backing file");
    addIf(features, header.snapshotCount() > 0, "snapshots");
    return features;
  }

  private static void addIf(List<String> features, boolean present, String name) {
    if (present) {
      features.add(name);
    }
  }

  @Override
  public ImageInfo info() {
    return info;
  }

  @Override
  public long virtualSize() {
    return virtualSize;
  }

  @Override
  public long clusterSize() {
    return header.clusterSize();
  }

  @Override
  public ExtentCursor extents(long from, long to, IoCounters io) throws IOException {
    requireOpenedForReading();
    Objects.checkFromToIndex(from, to, virtualSize);
    return new Qcow2Cursor(mapping, from, to, io);
  }

  @Override
  public AllocationSummary allocation(IoCounters io) {
    return allocation.get(() -> StoredClusters.count(mapping, virtualSize, io));
  }

  /** Counts anew what is stored when it is next asked for: the mapping was changed. */
  void forgetAllocation() {
    allocation.forget();
  }

  @Override
  public AllocationSummary mapped(IoCounters io) {
    AllocationSummary.Builder counted =
        new AllocationSummary.Builder(virtualSize, header.clusterSize());
    long tableBytes = mapping.addMapped(counted, virtualSize, io) * header.clusterSize();
    // So few are kept once they are read: counting what they store saves the scan those reads.
    return tableBytes <= limits.tableCacheBytes() ? allocation(io) : counted.build();
  }

  /** Data that other purposes do without are not there for them. */
  private void requireOpenedForReading() throws ImageException {
    if (header.dataFile() && inputs.size() <= DataFile.INPUT) {
      throw new UnsupportedImageException(
          input.location(),
          Qcow2Header.FEATURES_AT,
          "'data-file' is required for this image: it is opened for reading only");
    }
    if (mapping.encrypted() && key == null) {
      throw new LockedImageException(
          input.location(),
          Qcow2Header.CRYPT_METHOD_AT,
          "the key of this image is asked for only when it is opened for reading");
    }
  }

  @Override
  public List<StoredInput> inputs() throws IOException {
    requireOpenedForReading();
    Supplier<ClusterDecoder> decoder =
        header.compressionType() == Qcow2Header.COMPRESSION_ZSTD
            ? ZstdDecoder::new
            : ZlibDecoder::new;
    List<StoredInput> stored = new ArrayList<>();
    stored.add(StoredInput.plain(input).compressed(decoder, header.clusterSize(), limits));
    if (header.dataFile()) {
      stored.add(StoredInput.plain(inputs.get(DataFile.INPUT)));
    }
    if (key != null) {
      stored.replaceAll(each -> each.encrypted(key::cipher));
    }
    return stored;
  }

  @Override
  public List<Reference> parents(IoCounters io) {
    return info.backingFile() == null ? List.of() : List.of(backing());
  }

  private Reference backing() {
    return new Reference(Reference.BACKING_FILE, info.backingFile(), info.backingFormat(), null);
  }

  @Override
  public List<SnapshotInfo> snapshots() {
    return snapshots.infos();
  }

  @Override
  public DiskImage at(String snapshot) throws IOException {
    SnapshotTable.Entry entry =
        snapshots
            .find(snapshot)
            .orElseThrow(
                () ->
                    new SnapshotNotFoundException(
                        input.location(),
                        header.snapshotsOffset(),
                        "there is no snapshot of id or name '" + snapshot + "'"));
    synchronized (views) {
      Qcow2Image view = views.get(entry.tableOffset());
      if (view == null) {
        view = view(entry);
        views.put(entry.tableOffset(), view);
        if (views.size() > MAX_VIEWS) {
          views.remove(views.keySet().iterator().next());
        }
      }
      return view;
    }
  }

  private Qcow2Image view(SnapshotTable.Entry entry) throws IOException {
    if (header.dataFile()) {
      // Nothing keeps the data file as it was.
      throw new UnsupportedImageException(
          input.location(), entry.tableOffset(), "snapshots in image with data file");
    }
    require(
        entry.l1Size() <= HeaderChecks.MAX_L1_BYTES / L1Table.ENTRY_BYTES,
        entry,
        "Snapshot L1 table too large");
    require(
        HeaderChecks.validTable(
            entry.l1Offset(), entry.l1Size() * L1Table.ENTRY_BYTES, header.clusterSize()),
        entry,
        "Snapshot L1 table offset invalid");
    require(
        HeaderChecks.l1Entries(entry.diskSize(), header)
            <= HeaderChecks.MAX_L1_BYTES / L1Table.ENTRY_BYTES,
        entry,
        "Image is too big");
    HeaderChecks.requireStored(
        input, entry.l1Offset(), entry.l1Size(), entry.tableOffset(), "Snapshot L1 table");
    Mapping then = mapping(entry.l1Offset(), entry.l1Size(), mapping.backed());
    return new Qcow2Image(this, then, entry.virtualSize());
  }

  private void require(boolean holds, SnapshotTable.Entry entry, String detail)
      throws CorruptImageException {
    if (!holds) {
      throw new CorruptImageException(input.location(), entry.tableOffset(), detail);
    }
  }

  @Override
  public List<Reference> references(IoCounters io) {
    List<Reference> references = new ArrayList<>();
    if (info.backingFile() != null) {
      references.add(backing());
    }
    if (header.dataFile()) {
      references.add(DataFile.reference(header, extensions));
    }
    return references;
  }

  @Override
  public List<BitmapInfo> bitmaps(IoCounters io) throws IOException {
    return BitmapDirectory.infos(new ByteWindow(input, io), header, extensions, limits);
  }

  @Override
  public DirtyRanges dirtyRanges(String bitmap, long from, long to, IoCounters io)
      throws IOException {
    Objects.checkFromToIndex(from, to, header.virtualSize());
    return DirtyBitmap.named(bitmap, input, header, extensions, tables, io).ranges(from, to, io);
  }

  @Override
  public void close() throws IOException {
    if (key != null) {
      key.close();
    }
    Closing.all(inputs);
  }
}
