package io.diskimage.format;

import java.util.zip.DataFormatException;

/** Decompresses one cluster. One per thread; holds native memory until closed. */
public interface ClusterDecoder extends AutoCloseable {

  /**
   * Decodes a stored stream to exactly {@code targetLength} bytes; the stream may be followed by
   * foreign bytes.
   *
   * @throws DataFormatException if the stream is damaged or ends early; never writes outside the
   *     target range
   */
  void decode(
      byte[] source, int offset, int length, byte[] target, int targetOffset, int targetLength)
      throws DataFormatException;

  @Override
  void close();
}
