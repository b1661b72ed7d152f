package io.diskimage.format.parallels;

import io.diskimage.format.ImageTarget;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Limit;
import io.diskimage.format.LimitExceededException;
import io.diskimage.format.Limits;
import io.diskimage.format.UnsupportedImageException;
import io.diskimage.format.table.WrittenTables;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The format extension of an image that is written (parallels.md section 5.5). Its clusters stay
 * where they are. From the first change on the header does not name it, so that its bitmaps can be
 * changed in place; {@link #store()} makes it valid again.
 *
 * <p>Sections that are not understood are kept or left out as their flags say.
 */
final class WrittenExtension {
  private static final int BITMAP_NAME_BYTES = 36;
  private static final int PIECE = 256 << 10;

  private final ImageTarget target;
  private final ParallelsHeader header;
  private final WrittenTables tables;
  private final IoCounters io;
  private final List<WrittenBitmap> bitmaps = new ArrayList<>();
  private final long start;
  private final long end;

  /** Host offset where the next section is to stand. */
  private long keptEnd;

  /** Whether there are sections to be left out. */
  private boolean moves;

  /** Whether there is none, or a failure has left its sections in between. */
  private boolean lost;

  private WrittenExtension(
      ImageTarget target, ParallelsHeader header, WrittenTables tables, IoCounters io) {
    this.target = target;
    this.header = header;
    this.tables = tables;
    this.io = io;
    this.start = header.extOff() * 512;
    this.end = start + header.clusterBytes();
  }

  /**
   * Takes the extension of an image.
   *
   * @param header that names a sound one, or none
   * @throws UnsupportedImageException if it has a section that forbids to change the image
   */
  static WrittenExtension load(
      ImageTarget target,
      ParallelsHeader header,
      WrittenTables tables,
      ClusterSpace space,
      WrittenBitmap.Room room,
      Limits limits,
      IoCounters io)
      throws IOException {
    WrittenExtension extension = new WrittenExtension(target, header, tables, io);
    if (header.extOff() == 0) {
      extension.lost = true;
      return extension;
    }
    space.reserve(ParallelsHeader.EXT_OFF_AT, header.extOff());
    long last =
        extension.forEachKept(
            (section, to) -> {
              if (section.isBitmap()) {
                extension.take(section, to, space, room, limits);
              }
            });
    extension.moves = last != extension.keptEnd;
    return extension;
  }

  /** Takes a section. */
  @FunctionalInterface
  private interface Kept {
    /**
     * A section to be kept.
     *
     * @param to its host offset without those that are left out
     */
    void take(ExtensionSection section, long to) throws IOException;
  }

  /** Returns the host offset of the last section. */
  private long forEachKept(Kept kept) throws IOException {
    keptEnd = start + FormatExtension.HEADER_BYTES;
    long at = keptEnd;
    while (true) {
      ExtensionSection section = ExtensionSection.read(target, at, end, io);
      section.requireInside(target, end);
      if (section.isLast()) {
        return at;
      }
      at = section.next();
      if (isKept(section)) {
        kept.take(section, keptEnd);
        keptEnd += section.next() - section.at();
      }
    }
  }

  private boolean isKept(ExtensionSection section) throws UnsupportedImageException {
    long known = ExtensionSection.NECESSARY | ExtensionSection.TRANSIT;
    boolean necessary = (section.flags() & ExtensionSection.NECESSARY) != 0;
    if ((section.flags() & ~known) != 0 || (necessary && !section.isBitmap())) {
      throw new UnsupportedImageException(
          target.location(),
          section.at(),
          String.format(
              Locale.ROOT, "Unknown feature: 0x%x; cannot be opened read/write", section.magic()));
    }
    return section.isBitmap() || (section.flags() & ExtensionSection.TRANSIT) != 0;
  }

  private void take(
      ExtensionSection section, long to, ClusterSpace space, WrittenBitmap.Room room, Limits limits)
      throws IOException {
    if ((bitmaps.size() + 1L) * BITMAP_NAME_BYTES > limits.textBytes()) {
      throw new LimitExceededException(
          target.location(),
          start,
          "names of the bitmaps take too many bytes",
          Limit.TEXT_BYTES,
          limits);
    }
    DirtyBitmap bitmap = section.bitmap(target, header, io);
    WrittenBitmap.reserve(bitmap.table(tables, section.dataAt()), space, io);
    long hostOffset = to + ExtensionSection.HEAD_BYTES;
    bitmaps.add(new WrittenBitmap(bitmap, hostOffset, header.clusterBytes(), tables, room, io));
  }

  /** Begins to change what is stored, which the header does not name any more. */
  void begin() throws IOException {
    if (!moves) {
      return;
    }
    lost = true;
    long last = forEachKept(this::move);
    target.zero(keptEnd, last + ExtensionSection.HEAD_BYTES - keptEnd);
    tables.forget();
    lost = false;
  }

  private void move(ExtensionSection section, long to) throws IOException {
    long length = section.next() - section.at();
    byte[] piece = new byte[(int) Math.min(PIECE, length)];
    for (long moved = 0; section.at() != to && moved < length; moved += piece.length) {
      int bytes = (int) Math.min(piece.length, length - moved);
      io.metadataRead(target.readPadded(section.at() + moved, piece, 0, bytes));
      target.write(to + moved, piece, 0, bytes);
    }
  }

  /** Records that a range of the disk, which is not empty, will be changed. */
  void mark(long guestOffset, long length) throws IOException {
    if (!lost) {
      for (WrittenBitmap bitmap : bitmaps) {
        bitmap.mark(guestOffset, guestOffset + length);
      }
    }
  }

  /**
   * Makes the extension valid, after the changes of its tables were written.
   *
   * @return what the header may name after the next flush of the target: a sector, or 0
   */
  long store() throws IOException {
    if (lost) {
      return 0;
    }
    byte[] digest = FormatExtension.digest(target, header, io);
    target.write(start + FormatExtension.DIGEST_AT, digest, 0, digest.length);
    return header.extOff();
  }
}
