package io.diskimage.format.qcow2;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * Compresses clusters side by side, ahead of the thread that stores them; encoders and arrays are
 * kept for the next ones. For one thread at a time.
 */
final class CompressionPool implements AutoCloseable {
  /** Guest bytes of clusters that are compressed and not taken yet. */
  private static final int AHEAD = 8 << 20;

  private final Supplier<ClusterEncoder> newEncoder;
  private final Executor executor;
  private final int clusterSize;
  private final int most;
  private final ConcurrentLinkedQueue<ClusterEncoder> idle = new ConcurrentLinkedQueue<>();
  private final Deque<byte[]> spare = new ArrayDeque<>();

  /** A cluster's stream. */
  static final class Stream {
    private final byte[] bytes;
    private final int length;

    private Stream(byte[] bytes, int length) {
      this.bytes = bytes;
      this.length = length;
    }

    /** Whether it is shorter than the cluster. */
    boolean isShorter() {
      return length >= 0;
    }

    /** An array that it stands at the start of. */
    byte[] bytes() {
      return bytes;
    }

    int length() {
      return length;
    }
  }

  /** Takes streams, which are good until it returns. */
  @FunctionalInterface
  interface StreamSink {
    /**
     * Takes the next one.
     *
     * @param at of the cluster, from the first one
     */
    void take(int at, Stream stream) throws IOException;
  }

  CompressionPool(Supplier<ClusterEncoder> newEncoder, Executor executor, int clusterSize) {
    this.newEncoder = newEncoder;
    this.executor = executor;
    this.clusterSize = clusterSize;
    this.most = Math.max(2, AHEAD / clusterSize);
  }

  /**
   * Hands out the streams of whole clusters in their order, each as soon as it is there: the next
   * ones are compressed meanwhile. Nothing reads the clusters any more when this returns or fails.
   */
  void compress(byte[] clusters, int offset, int length, StreamSink sink) throws IOException {
    Deque<CompletableFuture<Stream>> running = new ArrayDeque<>();
    int begun = 0;
    try {
      for (int at = 0; at < length; at += clusterSize) {
        while (begun < length && running.size() < most) {
          running.add(begin(clusters, offset + begun));
          begun += clusterSize;
        }
        Stream stream = running.element().join();
        running.remove();
        sink.take(at, stream);
        spare.add(stream.bytes);
      }
    } finally {
      // Left by a failure, which counts, whatever becomes of these.
      running.forEach(each -> each.exceptionally(failure -> null).join());
    }
  }

  private CompletableFuture<Stream> begin(byte[] clusters, int at) {
    byte[] stream = spare.isEmpty() ? new byte[clusterSize] : spare.remove();
    return CompletableFuture.supplyAsync(() -> compress(clusters, at, stream), executor);
  }

  private Stream compress(byte[] clusters, int at, byte[] stream) {
    ClusterEncoder encoder = idle.poll();
    if (encoder == null) {
      encoder = newEncoder.get();
    }
    int length = encoder.encode(clusters, at, clusterSize, stream);
    idle.add(encoder);
    return new Stream(stream, length);
  }

  @Override
  public void close() {
    for (ClusterEncoder encoder = idle.poll(); encoder != null; encoder = idle.poll()) {
      encoder.close();
    }
  }
}
