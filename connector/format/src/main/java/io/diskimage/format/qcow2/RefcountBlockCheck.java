package io.diskimage.format.qcow2;

import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import java.util.Arrays;

/** Counts and judges the blocks that the refcount table names (qcow2.md section 7.1). */
final class RefcountBlockCheck {
  /** A table has at most 2 to this power entries. */
  private static final int INDEX_BITS = 20;

  private final CheckedImage image;
  private final CheckRun run;
  private final RefcountTable table;

  /** Blocks within the file, as cluster and index in the table, in this order. */
  private long[] blocks = new long[0];

  RefcountBlockCheck(CheckedImage image) {
    this.image = image;
    this.run = image.run();
    this.table = image.refcounts();
  }

  /**
   * Looks through the table.
   *
   * @param clusters that there are counts for
   */
  void judge(long clusters) {
    long[] found = new long[table.entries()];
    int n = 0;
    for (int i = 0; i < found.length; i++) {
      long entry = table.entry(i);
      long offset = entry & ~RefcountTable.RESERVED_BITS;
      long cluster = offset >>> image.clusterBits();
      if ((entry & RefcountTable.RESERVED_BITS) != 0) {
        run.find(
            entry(FindingKind.QCOW2_REFCOUNT_TABLE_RESERVED_BITS, i)
                .says("ERROR refcount table entry %d has reserved bits set", i));
      } else if (offset % image.clusterSize() != 0) {
        run.find(
            entry(FindingKind.QCOW2_REFCOUNT_BLOCK_UNALIGNED, i)
                .says(
                    "ERROR refcount block %d is not cluster aligned; refcount table entry corrupted",
                    i));
      } else if (cluster >= clusters) {
        run.find(
            entry(FindingKind.QCOW2_REFCOUNT_BLOCK_OUTSIDE, i)
                .says("ERROR refcount block %d is outside image", i));
      } else if (offset != 0) {
        if (cluster == image.clusters()) {
          run.find(
              CountingPass.behindEof(
                  entry(FindingKind.QCOW2_REGION_BEHIND_EOF, i), offset, image.clusterSize()));
        }
        found[n++] = cluster << INDEX_BITS | i;
      }
    }
    blocks = Arrays.copyOf(found, n);
    Arrays.sort(blocks);
  }

  private Finding.Draft entry(FindingKind kind, int index) {
    return Finding.of(kind)
        .host(image.header().refcountTableOffset() + (long) index * Long.BYTES, Long.BYTES)
        .values(null, "0x" + Long.toHexString(table.entry(index)));
  }

  /** Counts the blocks, behind everything else. */
  void count(ReferenceCounts counts) {
    for (long block : blocks) {
      long cluster = block >>> INDEX_BITS;
      if (cluster < image.clusters()) {
        counts.add(cluster, 1, 1);
      }
    }
  }

  /** Finds blocks that are referred to otherwise too, once all are counted. */
  void judgeShared(ReferenceCounts counts) {
    int end;
    for (int i = 0; i < blocks.length; i = end) {
      long cluster = blocks[i] >>> INDEX_BITS;
      end = i + 1;
      while (end < blocks.length && blocks[end] >>> INDEX_BITS == cluster) {
        end++;
      }
      if (cluster >= counts.from() && cluster < counts.end()) {
        judgeShared(i, end, counts.of(cluster));
      }
    }
  }

  /** Judges entries that name the same block, each by what is counted when its turn comes. */
  private void judgeShared(int from, int end, long references) {
    boolean counted = blocks[from] >>> INDEX_BITS < image.clusters();
    for (int i = from; i < end; i++) {
      long then = counted ? references - (end - 1 - i) : references;
      long shown = Long.compareUnsigned(then, table.maximum()) > 0 ? table.maximum() : then;
      if (shown != 1) {
        int index = (int) (blocks[i] & ((1 << INDEX_BITS) - 1));
        run.find(
            entry(FindingKind.QCOW2_REFCOUNT_BLOCK_SHARED, index)
                .values(1, shown)
                .says("ERROR refcount block %d refcount=%d", index, shown));
      }
    }
  }
}
