package io.diskimage.format.qcow2;

import com.jcraft.jzlib.Deflater;
import com.jcraft.jzlib.JZlib;

/**
 * Raw deflate streams whose window is 4 KiB, which the JDK's own deflater cannot make (qcow2.md
 * section 5.9). They decode to the same as zlib's, but are not always the same bytes: blocks end
 * elsewhere.
 */
final class ZlibEncoder implements ClusterEncoder {
  private static final int WINDOW_BITS = 12;
  private static final int MEMORY_LEVEL = 9;
  private static final int LEVEL = 6;

  private final Deflater deflater = new Deflater();

  @Override
  public int encode(byte[] cluster, int offset, int length, byte[] target) {
    int status = deflater.init(LEVEL, WINDOW_BITS, MEMORY_LEVEL, JZlib.W_NONE);
    if (status != JZlib.Z_OK) {
      throw new IllegalStateException("deflate: " + status);
    }
    deflater.setInput(cluster, offset, length, false);
    deflater.setOutput(target, 0, length - 1);
    int ended = deflater.deflate(JZlib.Z_FINISH);
    return ended == JZlib.Z_STREAM_END ? (int) deflater.total_out : -1;
  }

  @Override
  public void close() {
    deflater.end();
  }
}
