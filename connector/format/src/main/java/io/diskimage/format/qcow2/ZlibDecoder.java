package io.diskimage.format.qcow2;

import io.diskimage.format.ClusterDecoder;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Raw deflate streams (qcow2.md section 3.1): a full output is success, whatever follows in the
 * input.
 */
final class ZlibDecoder implements ClusterDecoder {
  private final Inflater inflater = new Inflater(true);

  @Override
  public void decode(
      byte[] source, int offset, int length, byte[] target, int targetOffset, int targetLength)
      throws DataFormatException {
    inflater.reset();
    inflater.setInput(source, offset, length);
    int done = 0;
    while (done < targetLength) {
      int count = inflater.inflate(target, targetOffset + done, targetLength - done);
      if (count == 0) {
        throw new DataFormatException(
            "deflate stream ends after " + done + " of " + targetLength + " bytes");
      }
      done += count;
    }
  }

  @Override
  public void close() {
    inflater.end();
  }
}
