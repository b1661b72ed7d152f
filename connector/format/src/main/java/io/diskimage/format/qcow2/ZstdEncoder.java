package io.diskimage.format.qcow2;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;

/** One zstd frame for each cluster, at the default level (qcow2.md section 5.9). */
final class ZstdEncoder implements ClusterEncoder {
  private final ZstdCompressCtx context = new ZstdCompressCtx();
  private byte[] frame = {};

  @Override
  public int encode(byte[] cluster, int offset, int length, byte[] target) {
    int bound = (int) Zstd.compressBound(length);
    if (frame.length < bound) {
      frame = new byte[bound];
    }
    int size = context.compressByteArray(frame, 0, frame.length, cluster, offset, length);
    if (size >= length) {
      return -1;
    }
    System.arraycopy(frame, 0, target, 0, size);
    return size;
  }

  @Override
  public void close() {
    context.close();
  }
}
