package io.diskimage.format.qcow2;

import io.diskimage.format.ImageTarget;
import io.diskimage.format.UnsupportedImageException;
import java.io.IOException;
import java.util.function.LongConsumer;

/** Changes the size of the disk (qcow2.md section 6.3). */
final class DiskSize {
  private static final int SIZE_AT = 24;

  private final ImageTarget target;

  /** Null if guest data are in the image's own file. */
  private final ImageTarget dataFile;

  private final Qcow2Header header;
  private final HeaderFields fields;
  private final ActiveMapping mapping;
  private final ClusterAllocator allocator;
  private final MetadataOrder order;
  private final ClusterZeroes zeroes;
  private final Preallocation preallocation;
  private final L1Growth l1;

  /** Makes the view of the image one of another size. */
  private final LongConsumer shown;

  DiskSize(
      ImageTarget target,
      ImageTarget dataFile,
      Qcow2Header header,
      HeaderFields fields,
      ActiveMapping mapping,
      ClusterAllocator allocator,
      MetadataOrder order,
      ClusterZeroes zeroes,
      Preallocation preallocation,
      L1Growth l1,
      LongConsumer shown) {
    this.target = target;
    this.dataFile = dataFile;
    this.header = header;
    this.fields = fields;
    this.mapping = mapping;
    this.allocator = allocator;
    this.order = order;
    this.zeroes = zeroes;
    this.preallocation = preallocation;
    this.l1 = l1;
    this.shown = shown;
  }

  /** Gives a disk of no bytes its size; it shows the layer below, and nothing of its data file. */
  void begin(long size) throws IOException {
    resizeDataFile(0);
    enlarge(0, size, false);
  }

  /** Makes room for a larger disk; the header has its size when all of it reads as zero. */
  void grow(long from, long to) throws IOException {
    enlarge(from, to, true);
  }

  private void enlarge(long from, long to, boolean zeroed) throws IOException {
    long entries = HeaderChecks.l1Entries(to, header);
    if (entries > HeaderChecks.MAX_L1_BYTES / L1Table.ENTRY_BYTES) {
      throw new UnsupportedImageException(
          target.location(),
          SIZE_AT,
          "The image size is too large for file format 'qcow2' (try using a larger cluster size)");
    }
    boolean grown = false;
    try {
      l1.grow(entries);
      shown.accept(to);
      if (zeroed) {
        // The end of the last cluster may keep what a larger disk had there.
        zeroes.zero(from, to - from, true);
        if (isRawDataFile()) {
          // So that the disk shows what others write to the file.
          preallocation.mapDataFile(from, to);
        }
      }
      resizeDataFile(to);
      fields.size(to);
      order.commit();
      grown = true;
    } finally {
      if (!grown) {
        shown.accept(from);
        fields.size(from);
      }
    }
  }

  /** Where it is encrypted, clusters that only have a place do not read as zero. */
  private boolean isRawDataFile() {
    return (header.autoclearFeatures() & Qcow2Header.AUTOCLEAR_RAW_DATA_FILE) != 0
        && header.cryptMethod() == Qcow2Header.CRYPT_NONE;
  }

  /**
   * Cuts the disk. The header has its size first, so that a crash leaves the disk as it was or
   * without all that is cut off; so does what fails.
   */
  void shrink(long from, long to) throws IOException {
    order.commit();
    shown.accept(to);
    fields.size(to);
    order.commit();
    long end = (to + header.clusterSize() - 1) & -header.clusterSize();
    if (end < mapping.tableEnd(end - 1)) {
      mapping.clearTail(end);
    }
    for (long at = firstTable(to); at < from; at = mapping.tableEnd(at)) {
      order.relieve();
      if (mapping.hasTable(at)) {
        mapping.removeTable(at);
      }
    }
    order.commit();
    resizeDataFile(to);
    target.flush();
    target.setLength(Math.min(target.length(), allocator.end() << header.clusterBits()));
  }

  /** Guest offset of the first L2 table that maps nothing of a disk. */
  private long firstTable(long size) {
    return size == 0 ? 0 : mapping.tableEnd(size - 1);
  }

  private void resizeDataFile(long size) throws IOException {
    if (dataFile != null) {
      dataFile.setLength(size);
    }
  }
}
