package io.diskimage.format.qcow2;

import io.diskimage.format.Bytes;
import java.io.IOException;

/**
 * Which clusters of a range have a stored count of exactly 1: what the flag "copied" claims
 * (qcow2.md section 1.4). A bit per cluster.
 */
final class SingleReferences {
  /** Clusters in steps of which a range begins, and is kept. */
  static final int CHUNK_BITS = 16;

  private static final int CHUNK = 1 << CHUNK_BITS;
  private static final long FOUR_ONES = 0x0001_0001_0001_0001L;

  private final long from;
  private final long end;
  private final long[][] chunks;

  private SingleReferences(long from, long end) {
    this.from = from;
    this.end = end;
    this.chunks = new long[(int) ((end - from + CHUNK - 1) >>> CHUNK_BITS)][];
  }

  /**
   * Reads the counts of as many clusters as there is memory for.
   *
   * @param from first cluster, a multiple of the chunk size
   * @param limit cluster behind the last one that may be wanted
   */
  static SingleReferences read(CheckedImage image, long from, long limit, long budget)
      throws IOException {
    long chunks = Math.max(1, budget / (CHUNK / 8));
    long end = Math.min(limit, from + (chunks << CHUNK_BITS));
    SingleReferences singles = new SingleReferences(from, end);
    RefcountBlocks blocks = new RefcountBlocks(image);
    for (long at = from; at < end; at += CHUNK) {
      image.run().progress(at - from, end - from);
      singles.readChunk(image.refcounts(), blocks, at, (int) Math.min(CHUNK, end - at));
    }
    return singles;
  }

  private void readChunk(RefcountTable table, RefcountBlocks blocks, long first, int clusters)
      throws IOException {
    int piece = Math.min(CHUNK, 1 << table.blockBits());
    for (int done = 0; done < clusters; done += piece) {
      int n = Math.min(piece, clusters - done);
      if (blocks.turnTo(first + done, n) == RefcountBlocks.Stored.COUNTS) {
        int chunk = (int) ((first - from) >>> CHUNK_BITS);
        if (chunks[chunk] == null) {
          chunks[chunk] = new long[CHUNK / 64];
        }
        set(chunks[chunk], done, n, blocks, table.order());
      }
    }
  }

  private static void set(long[] bits, int at, int n, RefcountBlocks blocks, int order) {
    for (int i = 0; i < n; i += 64) {
      int k = Math.min(64, n - i);
      long word = order == 4 && k == 64 ? narrow(blocks, i) : generic(blocks, i, k);
      bits[(at + i) >>> 6] |= word << (at & 63);
    }
  }

  private static long generic(RefcountBlocks blocks, int first, int n) {
    long word = 0;
    for (int i = 0; i < n; i++) {
      word |= (blocks.count(first + i) == 1 ? 1L : 0) << i;
    }
    return word;
  }

  /** The usual width: counts of 16 bits, which mostly are all 1 or all 0. */
  private static long narrow(RefcountBlocks blocks, int first) {
    byte[] bytes = blocks.bytes();
    int at = blocks.position() + 2 * first;
    long all = FOUR_ONES;
    long any = 0;
    for (int i = 0; i < 128; i += Long.BYTES) {
      long four = Bytes.u64be(bytes, at + i);
      all = four == FOUR_ONES ? all : 0;
      any |= four;
    }
    if (all != 0) {
      return -1;
    }
    return any == 0 ? 0 : generic(blocks, first, 64);
  }

  long from() {
    return from;
  }

  /** Cluster behind the last one known. */
  long end() {
    return end;
  }

  /**
   * How many clusters from one of the range on are alike in that.
   *
   * @param cluster of the range
   * @param n at most, not behind the range's end
   */
  long alike(long cluster, long n, boolean single) {
    long done = 0;
    while (done < n) {
      long at = cluster - from + done;
      long[] bits = chunks[(int) (at >>> CHUNK_BITS)];
      int bit = (int) (at & 63);
      long word = bits == null ? 0 : bits[(int) (at & (CHUNK - 1)) >>> 6];
      int same = Long.numberOfTrailingZeros((single ? ~word : word) >>> bit);
      int room = 64 - bit;
      if (same < room) {
        return Math.min(n, done + same);
      }
      done += room;
    }
    return n;
  }
}
