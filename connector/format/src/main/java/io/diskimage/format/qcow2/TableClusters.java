package io.diskimage.format.qcow2;

import java.io.IOException;
import java.util.Arrays;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;

/**
 * Which clusters of the file are tables of one kind, so that a write is kept off them without a
 * look at every entry that names one (qcow2.md section 5.10). What is a table no more stays until a
 * write meets it, for which all entries are looked at again. Takes 8 bytes a table, of which the
 * limits of section 1.10 allow 4 Mi.
 */
final class TableClusters {
  /** So many are added, at least, before they are merged. */
  private static final int MIN_ADDED = 1024;

  /** Merging looks at all, so that it waits until this share of them was added. */
  private static final int ADDED_SHARE = 8;

  private final int clusterBits;
  private final Entries entries;

  /** Ascending, a cluster maybe repeatedly; null until they are asked for. */
  private long[] known;

  private final TreeSet<Long> added = new TreeSet<>();

  /** The entries that name the tables. */
  @FunctionalInterface
  interface Entries {
    /** Gives the host offset of each table as of now, in any order and alignment. */
    void each(LongConsumer tables) throws IOException;
  }

  TableClusters(int clusterBits, Entries entries) {
    this.clusterBits = clusterBits;
    this.entries = entries;
  }

  /** An entry names a table at a host offset from now on. */
  void add(long table) {
    if (known != null) {
      added.add(table >>> clusterBits);
      if (added.size() > Math.max(MIN_ADDED, known.length / ADDED_SHARE)) {
        LongStream young = added.stream().mapToLong(Long::longValue);
        know(LongStream.concat(Arrays.stream(known), young));
      }
    }
  }

  /**
   * Whether a table lies in any cluster of a range.
   *
   * @param from host offset of a cluster
   * @param to host offset behind a later one
   */
  boolean meet(long from, long to) throws IOException {
    if (known == null || has(from >>> clusterBits, to >>> clusterBits)) {
      learn();
    }
    return has(from >>> clusterBits, to >>> clusterBits);
  }

  private boolean has(long first, long end) {
    int at = Arrays.binarySearch(known, first);
    int next = at < 0 ? -at - 1 : at;
    Long young = added.ceiling(first);
    return (next < known.length && known[next] < end) || (young != null && young < end);
  }

  private void learn() throws IOException {
    LongStream.Builder clusters = LongStream.builder();
    entries.each(
        table -> {
          clusters.add(table >>> clusterBits);
          if (table % (1L << clusterBits) != 0) {
            // Of a damaged image: it reaches into the next cluster.
            clusters.add((table >>> clusterBits) + 1);
          }
        });
    know(clusters.build());
  }

  private void know(LongStream clusters) {
    known = clusters.sorted().toArray();
    added.clear();
  }
}
