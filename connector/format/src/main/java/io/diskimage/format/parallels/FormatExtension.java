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

  private static final long MAGIC = 0xab234cef23dcea87L;
  private static final int HEADER_BYTES = 24;
  private static final int SECTION_HEADER_BYTES = 24;
  private static final long END_OF_FEATURES = 0;
  private static final long DIRTY_BITMAP = 0x20385fae252cb34aL;
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
      byte[] head = read(start, HEADER_BYTES);
      long magic = Bytes.u64le(head, 0);
      if (magic != MAGIC) {
        throw corrupt(
            start, "Wrong parallels Format Extension magic: 0x%x, expected: 0x%x", magic, MAGIC);
      }
      if (!Arrays.equals(head, 8, HEADER_BYTES, digest(), 0, 16)) {
        throw corrupt(
            start + 8, "Wrong checksum in Format Extension header. Format extension is corrupted.");
      }
      return sections();
    }

    /** A cluster may have 2 GiB, so it goes through one buffer of fixed size. */
    private byte[] digest() throws IOException {
      MessageDigest md5;
      try {
        md5 = MessageDigest.getInstance("MD5");
      } catch (NoSuchAlgorithmException everyJdkHasIt) {
        throw new IllegalStateException(everyJdkHasIt);
      }
      byte[] piece = new byte[(int) Math.min(PIECE_BYTES, header.clusterBytes())];
      for (long at = start + HEADER_BYTES; at < end; at += piece.length) {
        int length = (int) Math.min(piece.length, end - at);
        io.metadataRead(input.readPadded(at, piece, 0, length));
        md5.update(piece, 0, length);
      }
      return md5.digest();
    }

    FormatExtension sections() throws IOException {
      int bitmaps = 0;
      long at = start + HEADER_BYTES;
      while (true) {
        if (end - at < SECTION_HEADER_BYTES) {
          throw corrupt(
              at,
              "Can not read feature header, as remaining bytes (%d) in Format Extension is less"
                  + " than Feature header size (24)",
              end - at);
        }
        byte[] section = read(at, SECTION_HEADER_BYTES);
        long magic = Bytes.u64le(section, 0);
        if (Bytes.u64le(section, 8) != 0) {
          String text = "Flags for extension feature are unsupported";
          return new FormatExtension(bitmaps, text, at + 8);
        }
        long dataBytes = Bytes.u32le(section, 16);
        long paddedBytes = (dataBytes + 7) / 8 * 8;
        long dataAt = at + SECTION_HEADER_BYTES;
        if (paddedBytes > end - dataAt) {
          throw corrupt(at + 16, "Feature data_size exceedes Format Extension cluster");
        }
        if (magic == END_OF_FEATURES) {
          return new FormatExtension(bitmaps, null, 0);
        }
        if (magic != DIRTY_BITMAP) {
          String text = String.format(Locale.ROOT, "Unknown feature: 0x%x", magic);
          return new FormatExtension(bitmaps, text, at);
        }
        DirtyBitmap bitmap = bitmap(dataAt, dataBytes);
        if (wanted == null || bitmap.id().toString().equals(wanted)) {
          visitor.visit(dataAt, bitmap);
          found = true;
          if (wanted != null) {
            return new FormatExtension(bitmaps + 1, null, 0);
          }
        }
        bitmaps++;
        at = dataAt + paddedBytes;
      }
    }

    private DirtyBitmap bitmap(long at, long dataBytes) throws IOException {
      if (dataBytes < DirtyBitmap.BYTES) {
        throw corrupt(
            at - 8,
            "Too small Bitmap Feature area in Parallels Format Extension: %d bytes, expected at"
                + " least 32 bytes",
            dataBytes);
      }
      DirtyBitmap bitmap = DirtyBitmap.parse(read(at, DirtyBitmap.BYTES));
      if (bitmap.sectors() != header.sectors()) {
        throw corrupt(
            at,
            "Bitmap size (in sectors) %d differs from disk size in sectors %d",
            bitmap.sectors(),
            header.sectors());
      }
      if (!bitmap.hasValidGranularity()) {
        throw corrupt(
            at + 24,
            "Invalid bitmap granularity %d, expected a power of two of at least 512 bytes",
            bitmap.granularityBytes() & 0xffff_ffffL);
      }
      if (bitmap.tableEntries() * 8 > dataBytes - DirtyBitmap.BYTES) {
        throw corrupt(at + 28, "Bitmaps feature corrupted: l1 table exceeds extension data_size");
      }
      long expected = bitmap.expectedTableEntries(header.clusterBytes());
      if (bitmap.tableEntries() != expected) {
        throw corrupt(
            at + 28,
            "Bitmap table size %d does not correspond to bitmap size and cluster size. Expected %d",
            bitmap.tableEntries(),
            expected);
      }
      return bitmap;
    }

    private byte[] read(long at, int length) throws IOException {
      byte[] bytes = new byte[length];
      io.metadataRead(input.readPadded(at, bytes, 0, length));
      return bytes;
    }

    private CorruptImageException corrupt(long hostOffset, String text, Object... values) {
      return new CorruptImageException(
          input.location(), hostOffset, String.format(Locale.ROOT, text, values));
    }
  }
}
