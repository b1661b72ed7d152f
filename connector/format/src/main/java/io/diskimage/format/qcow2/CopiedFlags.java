package io.diskimage.format.qcow2;

import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import java.io.IOException;

/**
 * Judges the flag "copied" of entries of the active disk by the stored counts (qcow2.md section
 * 7.1, step 5). Clusters whose count cannot be read are left alone, as QEMU does.
 */
final class CopiedFlags {
  private final CheckedImage image;
  private final RefcountTable table;
  private final SingleReferences singles;
  private final boolean first;

  /** Blocks that count clusters which the file has no room for. */
  private final RefcountBlocks outside;

  CopiedFlags(CheckedImage image, CountingPass pass) {
    this.image = image;
    this.table = image.refcounts();
    this.singles = pass.singles();
    this.first = pass.first();
    this.outside = new RefcountBlocks(image);
  }

  /** Whether a stored count can be known. */
  boolean countReadable(long cluster) {
    return table.blockOf(cluster) != RefcountTable.UNREADABLE;
  }

  /** Judges an L1 entry whose table begins in a cluster. */
  void judgeL1(long at, long entry, int index, long cluster) throws IOException {
    boolean copied = L2Tables.copied(entry);
    if (rightFor(cluster, 1, copied) == 0 && countReadable(cluster)) {
      image
          .run()
          .find(
              Finding.of(FindingKind.QCOW2_L2_COPIED_FLAG)
                  .host(at, L1Table.ENTRY_BYTES)
                  .guest((long) index << image.header().l2CoverageBits(), l2Coverage())
                  .values(flag(!copied), flag(copied))
                  .says(
                      "ERROR OFLAG_COPIED L2 cluster: l1_index=%d l1_entry=%x refcount=%s",
                      index, entry, refcount(copied)));
    }
  }

  private long l2Coverage() {
    return 1L << image.header().l2CoverageBits();
  }

  /** Judges entries side by side that are alike and name clusters side by side. */
  void judge(L2Run run, long cluster) throws IOException {
    boolean copied = L2Tables.copied(run.entry());
    long done = 0;
    while (done < run.length()) {
      long left = run.length() - done;
      long alike = rightFor(cluster + done, left, copied);
      if (alike == 0) {
        alike = rightFor(cluster + done, left, !copied);
        report(run, cluster, done, alike, copied);
      }
      done += alike;
    }
  }

  private void report(L2Run run, long cluster, long from, long n, boolean copied) {
    long end = from + n;
    long at = from;
    while (at < end) {
      long blockEnd = (((cluster + at) >>> table.blockBits()) + 1) << table.blockBits();
      long piece = Math.min(end - at, blockEnd - (cluster + at));
      if (countReadable(cluster + at)) {
        Finding.Draft draft = run.draft(FindingKind.QCOW2_DATA_COPIED_FLAG, at, piece);
        image
            .run()
            .find(
                draft
                    .times(piece * run.active())
                    .values(flag(!copied), flag(copied))
                    .says(
                        "ERROR OFLAG_COPIED data cluster: l2_entry=%x refcount=%s",
                        run.entryAt(at), refcount(copied)));
      }
      at += piece;
    }
  }

  /**
   * How many clusters from one on agree with a flag; those that this pass does not judge do with
   * any.
   */
  private long rightFor(long cluster, long n, boolean copied) throws IOException {
    if (cluster < singles.from()) {
      return Math.min(n, singles.from() - cluster);
    }
    if (cluster < singles.end()) {
      return singles.alike(cluster, Math.min(n, singles.end() - cluster), copied);
    }
    if (cluster <= image.clusters() || !first) {
      return cluster <= image.clusters() ? Math.min(n, image.clusters() + 1 - cluster) : n;
    }
    boolean single = countReadable(cluster) && outside.countOf(cluster) == 1;
    return single == copied ? 1 : 0;
  }

  private static String flag(boolean copied) {
    return copied ? "copied" : "not copied";
  }

  /** Of an entry whose flag is wrong. */
  private static String refcount(boolean copied) {
    return copied ? "not 1" : "1";
  }
}
