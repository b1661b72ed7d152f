package io.diskimage.format.qcow2;

import io.diskimage.format.ImageException;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.UnsupportedImageException;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.Executor;

/** Compressed writes of whole clusters (qcow2.md section 5.9). */
final class CompressedWrites implements AutoCloseable {
  private static final int SECTOR = 512;

  private final ImageTarget target;
  private final Qcow2Header header;
  private final ActiveMapping mapping;
  private final MetadataOrder order;
  private final ClusterWrites writes;
  private final HostWrites stored;
  private final StreamPlaces places;
  private final CompressionPool compression;

  CompressedWrites(
      ImageTarget target,
      Qcow2Header header,
      ActiveMapping mapping,
      ClusterAllocator allocator,
      MetadataOrder order,
      ClusterWrites writes,
      HostWrites stored,
      Executor executor) {
    this.target = target;
    this.header = header;
    this.mapping = mapping;
    this.order = order;
    this.writes = writes;
    this.stored = stored;
    this.places = new StreamPlaces(allocator, header.clusterSize());
    boolean zstd = header.compressionType() == Qcow2Header.COMPRESSION_ZSTD;
    this.compression =
        new CompressionPool(
            zstd ? ZstdEncoder::new : ZlibEncoder::new, executor, header.clusterSize());
  }

  /** Writes whole clusters, of which the end of the disk may cut the last one. */
  void write(long guestOffset, byte[] source, int offset, int length) throws IOException {
    requirePossible();
    int whole = length & -header.clusterSize();
    compression.compress(
        source,
        offset,
        whole,
        (at, stream) ->
            writeCluster(guestOffset + at, stream, source, offset + at, header.clusterSize()));
    if (whole < length) {
      writeLast(guestOffset + whole, Arrays.copyOfRange(source, offset + whole, offset + length));
    }
    long tail = target.length() % SECTOR;
    if (tail != 0) {
      target.setLength(target.length() - tail + SECTOR);
    }
  }

  private void requirePossible() throws UnsupportedImageException {
    if (header.dataFile() || header.cryptMethod() != Qcow2Header.CRYPT_NONE) {
      throw new UnsupportedImageException(
          target.location(),
          ImageException.NO_OFFSET,
          header.dataFile()
              ? "an image with an external data file has no compressed clusters"
              : "Compression and encryption not supported at the same time");
    }
  }

  /** Writes a cluster that the end of the disk cuts; behind it there are zeros. */
  private void writeLast(long guest, byte[] onDisk) throws IOException {
    byte[] cluster = Arrays.copyOf(onDisk, header.clusterSize());
    compression.compress(
        cluster,
        0,
        cluster.length,
        (at, stream) -> writeCluster(guest, stream, onDisk, 0, onDisk.length));
  }

  /** Writes a cluster by its stream, or as it is if that is not shorter. */
  private void writeCluster(
      long guest, CompressionPool.Stream stream, byte[] source, int offset, int length)
      throws IOException {
    order.relieve();
    if (stream.isShorter()) {
      store(guest, stream);
    } else {
      writes.write(guest, source, offset, length);
    }
  }

  private void store(long guest, CompressionPool.Stream stream) throws IOException {
    mapping.prepare(guest);
    ClusterState before = mapping.state(guest);
    long place = places.take(stream.length());
    boolean done = false;
    try {
      stored.writeStored(place, stream.bytes(), 0, stream.length());
      done = true;
    } finally {
      if (!done) {
        places.giveBack(place, stream.length());
      }
    }
    long entry = L2Tables.compressed(place, stream.length(), (int) header.clusterBits());
    mapping.set(guest, ClusterState.ofStream(entry));
    mapping.freeLater(before);
  }

  @Override
  public void close() {
    compression.close();
  }
}
