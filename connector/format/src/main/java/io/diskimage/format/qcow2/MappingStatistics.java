package io.diskimage.format.qcow2;

/**
 * What is allocated in the active disk, as {@code qemu-img check} counts it (qcow2.md section 7.3).
 */
final class MappingStatistics {
  /** No stored cluster was met in the table so far. */
  private static final long UNKNOWN = 0;

  private long allocated;
  private long fragmented;
  private long compressed;
  private int uses;
  private long next;

  /** Begins with an L2 table that the active disk uses so often. */
  void begin(int active) {
    uses = active;
    next = UNKNOWN;
  }

  /** Takes entries of the table whose clusters lie side by side. */
  void stored(long offset, long clusters, long clusterSize) {
    allocated += clusters * uses;
    if (next != UNKNOWN && next != offset) {
      fragmented += uses;
    }
    next = offset + clusters * clusterSize;
  }

  /** Takes an entry of a compressed cluster, which always counts as fragmented. */
  void compressed() {
    allocated += uses;
    fragmented += uses;
    compressed += uses;
  }

  long allocatedClusters() {
    return allocated;
  }

  long fragmentedClusters() {
    return fragmented;
  }

  long compressedClusters() {
    return compressed;
  }
}
