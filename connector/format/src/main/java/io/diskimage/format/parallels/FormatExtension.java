package io.diskimage.format.parallels;

import io.diskimage.format.BitmapInfo;
import io.diskimage.format.Bytes;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Limit;
import io.diskimage.format.LimitExceededException;
import io.diskimage.format.Limits;
import io.diskimage.format.UnsupportedImageException;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What the format extension holds (parallels.md section 1.4).
 *
 * @param bitmaps number of dirty bitmaps
 * @param obstacle what stands against reading the image, or null
 * @param obstacleAt host offset of the obstacle
 */
record FormatExtension(int bitmaps, String obstacle, long obstacleAt) {
  static final FormatExtension NONE = new FormatExtension(0, null, 0);

  static final int DIGEST_AT = 8;
  static final int HEADER_BYTES = 24;

  private static final long MAGIC = 0xab234cef23dcea87L;
  private static final int UUID_TEXT_BYTES = 36;
  private static final int PIECE_BYTES = 256 << 10;

  /**
   * Rows 11 and 12 of parallels.md section 2, for every purpose; for INFO a section that cannot be
   * understood is no error.
   */
  static FormatExtension read(ImageInput input, ParallelsHeader header, IoCounters io)
      throws IOException {
    if (header.extOff() == 0) {
      return NONE;
    }
    header.requireExtensionInside(input);
    return new Parser(input, header, io, (at, bitmap) -> {}).parse();
  }

  /** The dirty bitmaps, those behind a section that cannot be understood left out. */
  static List<BitmapInfo> bitmaps(
      ImageInput input, ParallelsHeader header, Limits limits, IoCounters io) throws IOException {
    List<BitmapInfo> bitmaps = new ArrayList<>();
    if (header.extOff() != 0) {
      new Parser(
              input,
              header,
              io,
              (at, bitmap) -> {
                if ((bitmaps.size() + 1L) * UUID_TEXT_BYTES > limits.textBytes()) {
                  throw new LimitExceededException(
                      input.location(),
                      header.extOff() * 512,
                      "names of the bitmaps take too many bytes",
                      Limit.TEXT_BYTES,
                      limits);
                }
                bitmaps.add(bitmap.info());
              })
          .parse();
    }
    return bitmaps;
  }

  /**
   * Tells the first bitmap of a name of an extension that {@link #read} has found valid.
   *
   * @return whether there is one
   */
  static boolean findBitmap(
      ImageInput input, ParallelsHeader header, String name, IoCounters io, Visitor visitor)
      throws IOException {
    if (header.extOff() == 0) {
      return false;
    }
    Parser parser = new Parser(input, header, io, visitor);
    parser.wanted = name;
    parser.sections();
    return parser.found;
  }

  /** Tells the bitmaps of an extension that {@link #read} has found valid. */
  static void forEachBitmap(
      ImageInput input, ParallelsHeader header, IoCounters io, Visitor visitor) throws IOException {
    if (header.extOff() != 0) {
      new Parser(input, header, io, visitor).sections();
    }
  }

  /** Takes valid bitmaps one by one. */
  @FunctionalInterface
  interface Visitor {
    /**
     * A bitmap.
     *
     * @param hostOffset of its fixed part, which its L1 table follows
     */
    void visit(long hostOffset, DirtyBitmap bitmap) throws IOException;
  }

  /** The unsupported rows among the extension errors of parallels.md section 2. */
  void requireReadable(ImageInput input) throws ImageException {
    if (obstacle != null) {
      throw new UnsupportedImageException(input.location(), obstacleAt, obstacle);
    }
  }

  /**
   * The checksum that the extension of an image has to have, of 16 bytes. A cluster may have 2 GiB,
   * so it goes through one buffer of fixed size.
   */
  static byte[] digest(ImageInput input, ParallelsHeader header, IoCounters io) throws IOException {
    MessageDigest md5;
    try {
      md5 = MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
    long start = header.extOff() * 512;
    long end = start + header.clusterBytes();
    byte[] piece = new byte[(int) Math.min(PIECE_BYTES, header.clusterBytes())];
    for (long at = start + HEADER_BYTES; at < end; at += piece.length) {
      int length = (int) Math.min(piece.length, end - at);
      io.metadataRead(input.readPadded(at, piece, 0, length));
      md5.update(piece, 0, length);
    }
    return md5.digest();
  }

  private static final class Parser {
    private final ImageInput input;
    private final ParallelsHeader header;
    private final IoCounters io;
    private final Visitor visitor;

    /** Name of the only bitmap to tell, null for all. */
    private String wanted;

    private boolean found;
    private final long start;
    private final long end;

    Parser(ImageInput input, ParallelsHeader header, IoCounters io, Visitor visitor) {
      this.input = input;
      this.header = header;
      this.io = io;
      this.visitor = visitor;
      this.start = header.extOff() * 512;
      this.end = start + header.clusterBytes();
    }

    FormatExtension parse() throws IOException {
      byte[] head = new byte[HEADER_BYTES];
      io.metadataRead(input.readPadded(start, head, 0, head.length));
      long magic = Bytes.u64le(head, 0);
      if (magic != MAGIC) {
        throw corrupt(
            start, "Wrong parallels Format Extension magic: 0x%x, expected: 0x%x", magic, MAGIC);
      }
      if (!Arrays.equals(head, DIGEST_AT, HEADER_BYTES, digest(input, header, io), 0, 16)) {
        throw corrupt(
            start + DIGEST_AT,
            "Wrong checksum in Format Extension header. Format extension is corrupted.");
      }
      return sections();
    }

    FormatExtension sections() throws IOException {
      int bitmaps = 0;
      long at = start + HEADER_BYTES;
      while (true) {
        ExtensionSection section = ExtensionSection.read(input, at, end, io);
        if (section.flags() != 0) {
          String text = "Flags for extension feature are unsupported";
          return new FormatExtension(bitmaps, text, at + 8);
        }
        section.requireInside(input, end);
        if (section.isLast()) {
          return new FormatExtension(bitmaps, null, 0);
        }
        if (!section.isBitmap()) {
          String text = String.format(Locale.ROOT, "Unknown feature: 0x%x", section.magic());
          return new FormatExtension(bitmaps, text, at);
        }
        DirtyBitmap bitmap = section.bitmap(input, header, io);
        if (wanted == null || bitmap.id().toString().equals(wanted)) {
          visitor.visit(section.dataAt(), bitmap);
          found = true;
          if (wanted != null) {
            return new FormatExtension(bitmaps + 1, null, 0);
          }
        }
        bitmaps++;
        at = section.next();
      }
    }

    private CorruptImageException corrupt(long hostOffset, String text, Object... values) {
      return new CorruptImageException(
          input.location(), hostOffset, String.format(Locale.ROOT, text, values));
    }
  }
}
