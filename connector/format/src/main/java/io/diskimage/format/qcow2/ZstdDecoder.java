package io.diskimage.format.qcow2;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import io.diskimage.format.ClusterDecoder;
import java.util.zip.DataFormatException;

/**
 * One or more zstd frames that make up a cluster (qcow2.md section 3.1). Each frame is decoded in
 * one call straight into the target, so a frame that claims a giant window costs nothing.
 */
final class ZstdDecoder implements ClusterDecoder {
  private final ZstdDecompressCtx context = new ZstdDecompressCtx();

  @Override
  public void decode(
      byte[] source, int offset, int length, byte[] target, int targetOffset, int targetLength)
      throws DataFormatException {
    int position = offset;
    int end = offset + length;
    int done = 0;
    try {
      while (done < targetLength) {
        int frame = ZstdFrame.length(source, position, end);
        if (frame < 0) {
          throw new DataFormatException(
              "zstd stream ends after " + done + " of " + targetLength + " bytes");
        }
        done +=
            context.decompressByteArray(
                target, targetOffset + done, targetLength - done, source, position, frame);
        position += frame;
      }
    } catch (ZstdException damaged) {
      DataFormatException failure = new DataFormatException("zstd: " + damaged.getMessage());
      failure.initCause(damaged);
      throw failure;
    }
  }

  @Override
  public void close() {
    context.close();
  }
}
