package io.diskimage.format.qcow2;

import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;

/**
 * One pass over everything that refers to clusters, counting those of a range (qcow2.md section
 * 7.1, step 2). The first pass reports what it meets, whatever range that points to.
 */
final class CountingPass {
  private final CheckedImage image;
  private final ReferenceCounts counts;
  private final SingleReferences singles;
  private final boolean first;
  private boolean grown;

  CountingPass(
      CheckedImage image, ReferenceCounts counts, SingleReferences singles, boolean first) {
    this.image = image;
    this.counts = counts;
    this.singles = singles;
    this.first = first;
  }

  /** Whether this pass reports what concerns no range. */
  boolean first() {
    return first;
  }

  ReferenceCounts counts() {
    return counts;
  }

  SingleReferences singles() {
    return singles;
  }

  /** Whether the cluster behind the file's last one was referred to. */
  boolean grown() {
    return grown;
  }

  /** Whether a region ends less than a cluster behind the end of the file. */
  boolean isStored(long offset, long bytes) {
    long limit = image.fileEnd() + image.clusterSize() - 1;
    return offset >= 0 && offset <= limit && bytes >= 0 && bytes <= limit - offset;
  }

  /** Counts each cluster that a region touches; of {@link #isStored}, and not empty. */
  void count(long offset, long bytes, long times) {
    long from = offset >>> image.clusterBits();
    long last = (offset + bytes - 1) >>> image.clusterBits();
    countClusters(from, last - from + 1, times);
  }

  /** Counts clusters side by side. */
  void countClusters(long from, long clusters, long times) {
    counts.add(from, clusters, times);
    grown |= from + clusters > image.clusters();
  }

  /**
   * Counts a region that one field or entry names, or reports it.
   *
   * @param offset of any value
   * @param bytes of any value; none if not positive
   * @param what the region is
   * @param at host offset of the field
   * @param length bytes of the field
   */
  void region(long offset, long bytes, String what, long at, long length) {
    if (bytes <= 0) {
      return;
    }
    if (isStored(offset, bytes)) {
      count(offset, bytes, 1);
    } else if (first) {
      image.run().find(behindEof(offset, bytes).host(at, length).values(null, what));
    }
  }

  /** Reports a region that is not {@link #isStored}. */
  static Finding.Draft behindEof(long offset, long bytes) {
    return behindEof(Finding.of(FindingKind.QCOW2_REGION_BEHIND_EOF), offset, bytes);
  }

  /** As {@link #behindEof(long, long)}, of a finding already begun. */
  static Finding.Draft behindEof(Finding.Draft draft, long offset, long bytes) {
    return draft.says(
        "ERROR: counting reference for region exceeding the end of the file by one cluster or"
            + " more: offset 0x%x size 0x%x",
        offset, bytes);
  }
}
