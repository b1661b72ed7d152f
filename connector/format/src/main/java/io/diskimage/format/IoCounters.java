package io.diskimage.format;

/**
 * What one user of an image made it read. Not thread-safe: one per task; fields are plain counts of
 * bytes or requests.
 */
public final class IoCounters {
  private long reads;
  private long metadataBytes;
  private long dataBytes;
  private long decompressedBytes;

  /** A request for headers or tables was answered. */
  public void metadataRead(long bytes) {
    reads++;
    metadataBytes += bytes;
  }

  /** A request for stored guest data was answered. */
  public void dataRead(long bytes) {
    reads++;
    dataBytes += bytes;
  }

  /** Compressed data became {@code bytes} guest bytes. */
  public void decompressed(long bytes) {
    decompressedBytes += bytes;
  }

  /** Requests sent to the store. */
  public long reads() {
    return reads;
  }

  /** Bytes of headers and tables read. */
  public long metadataBytes() {
    return metadataBytes;
  }

  /** Bytes of stored guest data read, gaps between coalesced ranges included. */
  public long dataBytes() {
    return dataBytes;
  }

  /** Guest bytes produced by decompression. */
  public long decompressedBytes() {
    return decompressedBytes;
  }
}
