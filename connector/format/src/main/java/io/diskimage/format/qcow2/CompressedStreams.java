package io.diskimage.format.qcow2;

import io.diskimage.format.Bytes;
import io.diskimage.format.ClusterDecoder;
import io.diskimage.format.check.FindingKind;
import java.io.IOException;
import java.util.zip.DataFormatException;

/**
 * Decodes every compressed cluster of every L2 table (qcow2.md section 3.1). Streams that follow
 * one another are read together.
 */
final class CompressedStreams implements MappingWalk.Visitor, AutoCloseable {
  private static final int WINDOW = 1 << 20;

  /** A stream that begins so far behind the one before, or in its last sector, follows it. */
  private static final int NEAR = 64 << 10;

  private static final int SECTOR = 512;

  private final CheckedImage image;
  private final L2Run entries;
  private final ClusterDecoder decoder;
  private final byte[] cluster;
  private byte[] window = new byte[0];
  private long windowFrom;
  private int windowLength;
  private long lastEnd = -1;
  private long done;

  CompressedStreams(CheckedImage image) {
    this.image = image;
    this.entries = new L2Run(image);
    this.decoder =
        image.header().compressionType() == Qcow2Header.COMPRESSION_ZSTD
            ? new ZstdDecoder()
            : new ZlibDecoder();
    this.cluster = new byte[(int) image.clusterSize()];
  }

  @Override
  public void table(L2Uses.Use use, byte[] bytes, int from) throws IOException {
    int step = image.l2EntryBytes();
    entries.in(use);
    long last = 0;
    for (int at = 0; at < image.clusterSize(); at += step) {
      long entry = Bytes.u64be(bytes, from + at);
      if (L2Tables.compressed(entry) && entry != last) {
        last = entry;
        entries.set(at / step, entry, 1);
        decode(entry);
      }
    }
  }

  private void decode(long entry) throws IOException {
    long offset = L2Tables.streamOffset(entry, image.clusterBits());
    int length = L2Tables.streamLength(entry, image.clusterBits());
    image.run().progress(done++, done);
    try {
      if (!image.stores(offset)) {
        throw new DataFormatException("it lies behind the end of the file");
      }
      hold(offset, length);
      decoder.decode(window, (int) (offset - windowFrom), length, cluster, 0, cluster.length);
      image.run().io().decompressed(cluster.length);
    } catch (DataFormatException damaged) {
      image
          .run()
          .find(
              entries
                  .draft(FindingKind.QCOW2_COMPRESSED_UNDECODABLE)
                  .says(
                      "compressed cluster at offset 0x%x cannot be decoded: %s",
                      offset, damaged.getMessage()));
    }
  }

  private void hold(long offset, int length) throws IOException {
    boolean held = offset >= windowFrom && offset + length <= windowFrom + windowLength;
    boolean follows = lastEnd >= 0 && offset >= lastEnd - SECTOR && offset <= lastEnd + NEAR;
    lastEnd = offset + length;
    if (held) {
      return;
    }
    int wanted = follows ? Math.max(WINDOW, length) : length;
    if (window.length < wanted) {
      window = new byte[wanted];
    }
    windowLength = 0;
    image.run().io().dataRead(image.input().readPadded(offset, window, 0, wanted));
    windowFrom = offset;
    windowLength = wanted;
  }

  @Override
  public void close() {
    decoder.close();
  }
}
