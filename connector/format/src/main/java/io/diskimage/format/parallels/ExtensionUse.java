package io.diskimage.format.parallels;

import io.diskimage.format.Bytes;
import io.diskimage.format.ImageException;
import io.diskimage.format.UnsupportedImageException;
import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.EntryPages;
import java.io.IOException;

/** The clusters that a format extension uses: its own, and those of its bitmaps. */
final class ExtensionUse {
  /** Entries of an L1 table below are no offsets (parallels.md section 1.4). */
  private static final long FIRST_OFFSET = 2;

  private static final int EXT_OFF_AT = 56;
  private static final int ENTRY_BYTES = 8;

  private final CheckRun run;
  private final ParallelsHeader header;
  private ImageException refusal;
  private boolean known;

  /** Takes a cluster. */
  @FunctionalInterface
  interface Clusters {
    /**
     * A cluster.
     *
     * @param namedAt host offset of the field that names it
     * @param sector of the cluster, unsigned
     */
    void take(long namedAt, long sector);
  }

  ExtensionUse(CheckRun run, ParallelsHeader header) {
    this.run = run;
    this.header = header;
  }

  /** Reads the extension; one that is wrong stands against the image, but not against its check. */
  void read() throws IOException {
    try {
      FormatExtension extension = FormatExtension.read(run.input(), header, run.io());
      extension.requireReadable(run.input());
      known = true;
    } catch (ImageException wrong) {
      refusal = wrong;
    }
  }

  /** Nullable: why the image is refused. */
  ImageException refusal() {
    return refusal;
  }

  /** Whether the extension is damaged, and not only unknown. */
  boolean isDamaged() {
    return refusal != null && !(refusal instanceof UnsupportedImageException);
  }

  /** Whether all it uses is known; so it is where there is none. */
  boolean isKnown() {
    return known;
  }

  /** Tells the extension's cluster, if it has one, then those of bitmaps, if they are known. */
  void clusters(Clusters clusters) throws IOException {
    if (header.extOff() == 0) {
      return;
    }
    clusters.take(EXT_OFF_AT, header.extOff());
    if (known) {
      FormatExtension.forEachBitmap(
          run.input(),
          header,
          run.io(),
          (at, bitmap) -> table(at + DirtyBitmap.BYTES, bitmap.tableEntries(), clusters));
    }
  }

  private void table(long hostOffset, long entries, Clusters clusters) throws IOException {
    EntryPages table = new EntryPages(run, hostOffset, entries, ENTRY_BYTES);
    table.read(
        (first, bytes, count) -> {
          for (int i = 0; i < count; i++) {
            long sector = Bytes.u64le(bytes, i * ENTRY_BYTES);
            if (Long.compareUnsigned(sector, FIRST_OFFSET) >= 0) {
              clusters.take(table.place(first + i), sector);
            }
          }
        });
  }
}
