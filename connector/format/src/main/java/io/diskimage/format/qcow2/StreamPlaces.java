package io.diskimage.format.qcow2;

import java.io.IOException;

/**
 * Places for compressed streams, one behind the other as far as clusters go (qcow2.md section 5.9).
 * Where the last one ended is known only while the image is open.
 */
final class StreamPlaces {
  private static final long NONE = -1;

  private final ClusterAllocator allocator;
  private final long clusterSize;

  /** Behind the last stream, within a cluster that is not full. */
  private long next = NONE;

  StreamPlaces(ClusterAllocator allocator, long clusterSize) {
    this.allocator = allocator;
    this.clusterSize = clusterSize;
    allocator.whenFree(this::forget);
  }

  /**
   * Takes a place, and a use of each cluster it touches.
   *
   * @param length bytes, less than a cluster
   * @return host offset
   */
  long take(int length) throws IOException {
    long place = NONE;
    if (next != NONE && allocator.canShare(next)) {
      long cluster = next & -clusterSize;
      place = next;
      if (length <= cluster + clusterSize - place) {
        allocator.share(cluster);
      } else {
        place = straddling(cluster);
      }
    }
    if (place == NONE) {
      place = allocator.allocate(1);
    }
    long end = place + length;
    next = end % clusterSize == 0 ? NONE : end;
    return place;
  }

  /** The rest of a cluster and the next one, or if that is not free, another one. */
  private long straddling(long cluster) throws IOException {
    long more = allocator.allocate(1);
    if (more != cluster + clusterSize) {
      return more;
    }
    long place = next;
    boolean shared = false;
    try {
      allocator.share(cluster);
      shared = true;
    } finally {
      if (!shared) {
        allocator.freeUnused(more, 1);
      }
    }
    return place;
  }

  /** Gives back a place that was not used. */
  void giveBack(long place, int length) throws IOException {
    next = NONE;
    long first = place & -clusterSize;
    allocator.freeUnused(first, (place + length - first + clusterSize - 1) / clusterSize);
  }

  private void forget(long cluster) {
    if (next != NONE && cluster == (next & -clusterSize)) {
      next = NONE;
    }
  }
}
