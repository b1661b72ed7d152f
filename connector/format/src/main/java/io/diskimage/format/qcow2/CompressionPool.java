package io.diskimage.format.qcow2;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** Compresses clusters side by side; encoders are kept for the next ones. */
final class CompressionPool implements AutoCloseable {
  private final Supplier<ClusterEncoder> newEncoder;
  private final Executor executor;
  private final int clusterSize;
  private final ConcurrentLinkedQueue<ClusterEncoder> idle = new ConcurrentLinkedQueue<>();

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

  CompressionPool(Supplier<ClusterEncoder> newEncoder, Executor executor, int clusterSize) {
    this.newEncoder = newEncoder;
    this.executor = executor;
    this.clusterSize = clusterSize;
  }

  /** The streams of clusters in their order; returns when all are done. */
  List<Stream> compress(byte[] clusters, int offset, int length) {
    List<CompletableFuture<Stream>> running = new ArrayList<>();
    for (int at = offset; at < offset + length; at += clusterSize) {
      int cluster = at;
      running.add(CompletableFuture.supplyAsync(() -> compress(clusters, cluster), executor));
    }
    return running.stream().map(CompletableFuture::join).toList();
  }

  private Stream compress(byte[] clusters, int at) {
    ClusterEncoder encoder = idle.poll();
    if (encoder == null) {
      encoder = newEncoder.get();
    }
    byte[] stream = new byte[clusterSize];
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
