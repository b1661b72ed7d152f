package io.diskimage.format.qcow2;

/**
 * What an L2 entry says of one cluster, as its writer sees it. Masks have a bit for each unit of
 * the cluster: for each subcluster of an image with extended entries, else one for all of it.
 *
 * @param compressed stream as an entry describes it, 0 if the cluster is not compressed
 * @param placed whether it has a host cluster
 * @param host offset of the host cluster, 0 without one
 * @param copied whether nothing else uses the host cluster
 * @param stored units whose content is in the host cluster, none if compressed
 * @param zero units that read as zero
 */
record ClusterState(
    long compressed, boolean placed, long host, boolean copied, int stored, int zero) {

  static final ClusterState UNALLOCATED = new ClusterState(0, false, 0, false, 0, 0);

  /** A compressed cluster. */
  static ClusterState ofStream(long descriptor) {
    return new ClusterState(descriptor, false, 0, false, 0, 0);
  }

  /** A cluster without host cluster. */
  static ClusterState ofZeros(int zero) {
    return new ClusterState(0, false, 0, false, 0, zero);
  }

  boolean isCompressed() {
    return compressed != 0;
  }

  /** Whether data are written where they are, without changing this. */
  boolean isOwn() {
    return placed && copied;
  }

  /** This cluster with units stored at a place of its own. */
  ClusterState storedAt(long hostOffset, int units) {
    return new ClusterState(0, true, hostOffset, true, stored | units, zero & ~units);
  }

  /** This cluster with units that read as zero. */
  ClusterState withZeros(int units) {
    return new ClusterState(compressed, placed, host, copied, stored & ~units, zero | units);
  }
}
