package io.diskimage.format.qcow2;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * How often each cluster of a range of the file is referred to. Small counts take a byte; where
 * memory does not suffice for the range, its upper half is left to a later pass.
 */
final class ReferenceCounts {
  static final int CHUNK_BITS = 14;
  static final int CHUNK = 1 << CHUNK_BITS;

  private static final int MAX_SMALL = 0xff;
  private static final long EACH_BYTE = 0x0101_0101_0101_0101L;
  private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

  /** What may be added to counts below 128 without a carry. */
  private static final int MAX_PACKED = 0x7f;

  private static final VarHandle EIGHT =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final long from;
  private final long budget;
  private final byte[][] small;
  private final long[][] large;
  private long end;
  private long bytes;

  /**
   * Counts for clusters from {@code from}, a multiple of {@link #CHUNK}, to {@code end}, exclusive.
   */
  ReferenceCounts(long from, long end, long budget) {
    this.from = from;
    this.end = Math.max(from, end);
    this.budget = budget;
    int chunks = (int) ((this.end - from + CHUNK - 1) >>> CHUNK_BITS);
    this.small = new byte[chunks][];
    this.large = new long[chunks][];
  }

  /** First cluster counted. */
  long from() {
    return from;
  }

  /** Cluster behind the last one counted; a multiple of {@link #CHUNK} where it has come down. */
  long end() {
    return end;
  }

  /** Whether any cluster of the chunk that begins at a cluster is referred to. */
  boolean touched(long cluster) {
    int chunk = chunk(cluster);
    return small[chunk] != null || large[chunk] != null;
  }

  /** The small counts of the chunk that begins at a cluster, or null if they are kept otherwise. */
  byte[] smallCounts(long cluster) {
    return small[chunk(cluster)];
  }

  /** References to a cluster of the range. */
  long of(long cluster) {
    int chunk = chunk(cluster);
    int i = (int) (cluster & (CHUNK - 1));
    if (large[chunk] != null) {
      return large[chunk][i];
    }
    return small[chunk] == null ? 0 : small[chunk][i] & MAX_SMALL;
  }

  /** Adds references to each of the clusters side by side that lie in the range. */
  void add(long cluster, long clusters, long times) {
    long at = Math.max(cluster, from);
    long behind = cluster + clusters;
    while (at < Math.min(behind, end)) {
      int i = (int) (at & (CHUNK - 1));
      int n = (int) Math.min(CHUNK - i, Math.min(behind, end) - at);
      addTo(chunk(at), i, n, times);
      at += n;
    }
  }

  private int chunk(long cluster) {
    return (int) ((cluster - from) >>> CHUNK_BITS);
  }

  private void addTo(int chunk, int from, int n, long times) {
    if (large[chunk] == null) {
      if (small[chunk] == null && !allocateSmall(chunk)) {
        return;
      }
      int done = addSmall(small[chunk], from, n, times);
      if (done < n && promote(chunk)) {
        addLarge(large[chunk], from + done, n - done, times);
      }
    } else {
      addLarge(large[chunk], from, n, times);
    }
  }

  /** Adds to small counts up to the first that would not stay one; returns how many it did. */
  private static int addSmall(byte[] counts, int from, int n, long times) {
    int i = from;
    int end = from + n;
    if (times <= MAX_PACKED) {
      long each = times * EACH_BYTE;
      while (i + Long.BYTES <= end) {
        long eight = (long) EIGHT.get(counts, i);
        if ((eight & HIGH_BITS) != 0) {
          break;
        }
        EIGHT.set(counts, i, eight + each);
        i += Long.BYTES;
      }
    }
    while (i < end && times <= MAX_SMALL - (counts[i] & MAX_SMALL)) {
      counts[i] += (byte) times;
      i++;
    }
    return i - from;
  }

  private static void addLarge(long[] counts, int from, int n, long times) {
    for (int i = from; i < from + n; i++) {
      counts[i] += times;
    }
  }

  private boolean allocateSmall(int chunk) {
    if (!reserve(chunk, CHUNK)) {
      return false;
    }
    small[chunk] = new byte[CHUNK];
    return true;
  }

  private boolean promote(int chunk) {
    if (!reserve(chunk, (long) CHUNK * (Long.BYTES - 1))) {
      return false;
    }
    long[] counts = new long[CHUNK];
    for (int i = 0; i < CHUNK; i++) {
      counts[i] = small[chunk][i] & MAX_SMALL;
    }
    large[chunk] = counts;
    small[chunk] = null;
    return true;
  }

  /** Takes memory for a chunk, giving up the upper half of the range until there is enough. */
  private boolean reserve(int chunk, long more) {
    while (bytes + more > budget && end - from > CHUNK) {
      int chunks = (int) ((end - from + CHUNK - 1) >>> CHUNK_BITS);
      int kept = chunks / 2;
      for (int i = kept; i < chunks; i++) {
        bytes -= small[i] != null ? CHUNK : 0;
        bytes -= large[i] != null ? (long) CHUNK * Long.BYTES : 0;
        small[i] = null;
        large[i] = null;
      }
      end = from + ((long) kept << CHUNK_BITS);
    }
    if (from + ((long) chunk << CHUNK_BITS) >= end) {
      return false;
    }
    bytes += more;
    return true;
  }
}
