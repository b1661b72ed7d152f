package io.diskimage.format.qcow2;

import java.io.IOException;
import java.util.Arrays;

/** Runs of host clusters in the order they came, neighbours joined; a cluster may come twice. */
final class ClusterRuns {
  private static final int MANY = 1 << 16;

  private long[] firsts = new long[16];
  private long[] lengths = new long[16];
  private int size;

  /** Takes the clusters one by one. */
  @FunctionalInterface
  interface Visitor {
    void visit(long cluster) throws IOException;
  }

  void add(long first, long clusters) {
    if (clusters == 0) {
      return;
    }
    if (size > 0 && firsts[size - 1] + lengths[size - 1] == first) {
      lengths[size - 1] += clusters;
      return;
    }
    if (size == firsts.length) {
      firsts = Arrays.copyOf(firsts, size * 2);
      lengths = Arrays.copyOf(lengths, size * 2);
    }
    firsts[size] = first;
    lengths[size] = clusters;
    size++;
  }

  /** Whether the runs take about a megabyte. */
  boolean isFull() {
    return size >= MANY;
  }

  /** Hands out all clusters; those of which the visitor does not fail are gone. */
  void drain(Visitor visitor) throws IOException {
    while (size > 0) {
      long last = firsts[size - 1] + lengths[size - 1] - 1;
      visitor.visit(last);
      lengths[size - 1]--;
      if (lengths[size - 1] == 0) {
        size--;
      }
    }
  }
}
