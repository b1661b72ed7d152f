package io.diskimage.format.qcow2;

import io.diskimage.format.Bytes;
import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import java.io.IOException;

/**
 * Compares the counts that an image keeps with the references counted (qcow2.md section 7.1, step
 * 3), in the order of clusters, range after range.
 */
final class Comparison {
  private static final long EACH_BYTE = 0x0101_0101_0101_0101L;
  private static final long EACH_SHORT = 0x0001_0001_0001_0001L;

  private final CheckRun run;
  private final CheckedImage image;
  private final RefcountTable table;
  private final RefcountBlocks blocks;
  private final RefcountMismatches mismatches;
  private final boolean complete;
  private boolean unread;
  private long highest;

  /**
   * A comparison.
   *
   * @param complete whether all references are counted: only then is what has none a leak
   */
  Comparison(CheckedImage image, boolean complete) {
    this.run = image.run();
    this.image = image;
    this.table = image.refcounts();
    this.blocks = new RefcountBlocks(image);
    this.complete = complete;
    this.mismatches = new RefcountMismatches(image, complete);
  }

  /** Compares a range that begins where the one before it ended, up to {@code end}. */
  void compare(ReferenceCounts counts, long end) throws IOException {
    long at = counts.from();
    while (at < end) {
      if (at % (1 << 20) == 0) {
        run.progress(at, image.clusters());
      }
      long chunkEnd = (at | (ReferenceCounts.CHUNK - 1)) + 1;
      long blockEnd = ((at >>> table.blockBits()) + 1) << table.blockBits();
      int n = (int) (Math.min(Math.min(chunkEnd, blockEnd), end) - at);
      compare(counts, at, n);
      at += n;
    }
  }

  /** Reports what is still to be joined with what would come. */
  void end() {
    mismatches.flush();
    run.imageEndOffset(usedEnd());
  }

  /** Whether all references are counted, and all stored counts known. */
  boolean complete() {
    return complete && !unread;
  }

  /** Host offset behind the last cluster with a count or a reference. */
  long usedEnd() {
    return (highest + 1) << image.clusterBits();
  }

  private void compare(ReferenceCounts counts, long cluster, int n) throws IOException {
    switch (blocks.turnTo(cluster, n)) {
      case UNREADABLE -> unreadable(counts, cluster, n);
      case ZEROS -> {
        for (int i = 0; i < n && counts.touched(cluster); i++) {
          one(cluster + i, 0, counts.of(cluster + i));
        }
      }
      case COUNTS -> {
        byte[] small = counts.smallCounts(cluster);
        if (small != null && table.order() == 4) {
          usual(small, (int) (cluster & (ReferenceCounts.CHUNK - 1)), cluster, n);
        } else {
          for (int i = 0; i < n; i++) {
            one(cluster + i, blocks.count(i), counts.of(cluster + i));
          }
        }
      }
    }
  }

  /** Stored counts of 16 bits and counted ones of a byte: mostly the same for many neighbours. */
  private void usual(byte[] small, int first, long cluster, int n) {
    byte[] stored = blocks.bytes();
    int i = 0;
    while (i < n) {
      if (i + Long.BYTES <= n) {
        long eight = Bytes.u64be(small, first + i);
        long each = eight & 0xff;
        int at = blocks.position() + 2 * i;
        if (eight == each * EACH_BYTE
            && Bytes.u64be(stored, at) == each * EACH_SHORT
            && Bytes.u64be(stored, at + Long.BYTES) == each * EACH_SHORT) {
          highest = each == 0 ? highest : cluster + i + Long.BYTES - 1;
          i += Long.BYTES;
          continue;
        }
      }
      for (int end = Math.min(n, i + Long.BYTES); i < end; i++) {
        one(cluster + i, blocks.count(i), small[first + i] & 0xff);
      }
    }
  }

  private void one(long cluster, long stored, long references) {
    if ((stored | references) != 0) {
      highest = cluster;
      if (stored != references) {
        mismatches.add(cluster, stored, references);
      }
    }
  }

  private void unreadable(ReferenceCounts counts, long cluster, int n) {
    unread = true;
    for (int i = 0; i < n && counts.touched(cluster); i++) {
      mismatches.addUnread(cluster + i, counts.of(cluster + i));
    }
    run.find(
        Finding.of(FindingKind.QCOW2_REFCOUNT_UNREADABLE)
            .host(cluster << image.clusterBits(), (long) n << image.clusterBits())
            .times(n)
            .says("Can't get refcount for cluster %d: Input/output error", cluster));
  }
}
