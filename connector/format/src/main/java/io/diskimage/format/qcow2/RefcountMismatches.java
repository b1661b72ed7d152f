package io.diskimage.format.qcow2;

import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;

/**
 * Clusters whose stored count is not that of their references; equal neighbours are one finding.
 */
final class RefcountMismatches {
  private final CheckRun run;
  private final int clusterBits;
  private final long fileEnd;
  private final long maximum;
  private final boolean complete;
  private long first;
  private long clusters;
  private long stored;
  private long references;

  RefcountMismatches(CheckedImage image, boolean complete) {
    this.run = image.run();
    this.clusterBits = image.clusterBits();
    this.fileEnd = image.fileEnd();
    this.maximum = image.refcounts().maximum();
    this.complete = complete;
  }

  /**
   * Takes a cluster behind those before it.
   *
   * @param count as stored, unsigned
   * @param counted its references, whatever number
   */
  void add(long cluster, long count, long counted) {
    if (clusters > 0 && cluster == first + clusters && count == stored && counted == references) {
      clusters++;
      return;
    }
    flush();
    first = cluster;
    clusters = 1;
    stored = count;
    references = counted;
  }

  /** Takes a cluster whose stored count is not known. */
  void addUnread(long cluster, long counted) {
    if (Long.compareUnsigned(counted, maximum) > 0) {
      flush();
      first = cluster;
      clusters = 1;
      references = counted;
      overflow();
      clusters = 0;
    }
  }

  /** Reports the neighbours taken last. */
  void flush() {
    if (clusters == 0) {
      return;
    }
    long counted = references;
    if (Long.compareUnsigned(references, maximum) > 0) {
      overflow();
      counted = maximum;
    }
    int order = Long.compareUnsigned(stored, counted);
    if (order < 0) {
      tooLow(counted);
    } else if (order > 0 && complete) {
      tooHigh(counted);
    }
    clusters = 0;
  }

  /** Each reference that the count has no room for is one more. */
  private void overflow() {
    run.find(
        draft(FindingKind.QCOW2_REFERENCE_OVERFLOW)
            .times((references - maximum) * clusters)
            .values("at most " + maximum, references)
            .says("ERROR: overflow cluster offset=0x%x", first << clusterBits));
  }

  private void tooLow(long counted) {
    FindingKind kind =
        stored == 0 ? FindingKind.QCOW2_REFCOUNT_MISSING : FindingKind.QCOW2_REFCOUNT_TOO_LOW;
    report(kind, "ERROR", counted, 0);
  }

  private void tooHigh(long counted) {
    FindingKind kind =
        counted == 0 ? FindingKind.QCOW2_LEAKED_CLUSTER : FindingKind.QCOW2_REFCOUNT_TOO_HIGH;
    long from = first << clusterBits;
    long end = Math.min(fileEnd, (first + clusters) << clusterBits);
    report(kind, "Leaked", counted, counted == 0 ? Math.max(0, end - from) : 0);
  }

  private void report(FindingKind kind, String what, long counted, long reclaimed) {
    run.find(
        draft(kind)
            .times(clusters)
            .values(Long.toUnsignedString(counted), Long.toUnsignedString(stored))
            .reclaims(reclaimed)
            .says(
                "%s cluster %d refcount=%s reference=%s%s",
                what,
                first,
                Long.toUnsignedString(stored),
                Long.toUnsignedString(counted),
                clusters == 1 ? "" : " (and " + (clusters - 1) + " more like it behind it)"));
  }

  private Finding.Draft draft(FindingKind kind) {
    return Finding.of(kind).host(first << clusterBits, clusters << clusterBits);
  }
}
