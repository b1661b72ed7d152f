package io.diskimage.format.qcow2;

import io.diskimage.format.Bytes;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.IoCounters;
import java.io.IOException;

/**
 * Marks the bitmaps of an image as stale before its content changes, as nobody records the changes
 * in them (qcow2.md sections 1.8 and 6.9).
 */
final class BitmapsInUse {
  private static final int FLAGS_AT = 12;

  private BitmapsInUse() {}

  /** Returns when the marks are on stable storage. */
  static void mark(ImageTarget target, Qcow2Contents contents, IoCounters io) throws IOException {
    if (contents.extensions().bitmapCount() == 0) {
      return;
    }
    ByteWindow bytes = new ByteWindow(target, io);
    for (BitmapDirectory.Bitmap bitmap :
        BitmapDirectory.read(bytes, contents.header(), contents.extensions())) {
      byte[] flags = new byte[4];
      long at = bitmap.at() + FLAGS_AT;
      Bytes.putU32be(flags, 0, bytes.u32(at) | BitmapDirectory.FLAG_IN_USE);
      target.write(at, flags, 0, flags.length);
    }
    target.flush();
  }
}
