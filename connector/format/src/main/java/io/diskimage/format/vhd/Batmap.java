package io.diskimage.format.vhd;

import io.diskimage.format.Bytes;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import java.io.IOException;

/**
 * XenServer's map of the blocks whose sectors are all present (vhd.md section 9.3). Not
 * thread-safe.
 */
final class Batmap {
  static final int HEADER_BYTES = 512;

  private static final long COOKIE = 0x74646261746d6170L; // "tdbatmap"
  private static final long FIRST_VERSION = 0x0001_0001;
  private static final int KEY_HASH_AT = 29;
  private static final int WINDOW = 4096;
  private static final int PIECE = 64 << 10;

  private final ImageInput input;
  private final IoCounters io;
  private final long headerAt;
  private final long mapAt;
  private final long mapBytes;
  private final long version;
  private final long checksum;
  private final boolean hasCookie;
  private final boolean hasKeyHash;
  private final byte[] window = new byte[WINDOW];
  private long windowAt = -1;

  private Batmap(ImageInput input, IoCounters io, long headerAt, byte[] header) {
    this.input = input;
    this.io = io;
    this.headerAt = headerAt;
    this.hasCookie = Bytes.u64be(header, 0) == COOKIE;
    this.hasKeyHash = header[KEY_HASH_AT] != 0;
    this.mapAt = Bytes.u64be(header, 8);
    this.mapBytes = Bytes.u32be(header, 16) * 512;
    this.version = Bytes.u32be(header, 20);
    this.checksum = Bytes.u32be(header, 24);
  }

  /** Whether a batmap is worth looking for. */
  static boolean mayBeIn(VhdFooter footer) {
    return footer.isByXen() && !footer.isByFirstXen();
  }

  /** Reads the header, which stands in the sector behind the table. */
  static Batmap read(ImageInput input, DynamicHeader table, IoCounters io) throws IOException {
    long at = table.tableOffset() + (table.tableBytes() + 511) / 512 * 512;
    byte[] header = new byte[HEADER_BYTES];
    io.metadataRead(input.readPadded(at, header, 0, header.length));
    return new Batmap(input, io, at, header);
  }

  boolean hasCookie() {
    return hasCookie;
  }

  /** Whether the disk's sectors are encrypted. */
  boolean isOfEncryptedDisk() {
    return hasCookie && hasKeyHash;
  }

  long headerAt() {
    return headerAt;
  }

  long mapAt() {
    return mapAt;
  }

  /** Length of the map as the header gives it. */
  long mapBytes() {
    return mapBytes;
  }

  long checksum() {
    return checksum;
  }

  /** Whether a map of so many blocks lies in the file. */
  boolean isInFile(long blocks) {
    return mapBytes >= bytesFor(blocks) && mapAt >= 0 && mapAt <= input.sectorLength() - mapBytes;
  }

  private static long bytesFor(long blocks) {
    return (blocks + 4095) / 4096 * 512;
  }

  /** The checksum that a map of so many blocks should have. */
  long rightChecksum(long blocks) throws IOException {
    long end = bytesFor(blocks);
    byte[] piece = new byte[(int) Math.min(PIECE, end)];
    int sum = 0;
    for (long at = 0; at < end; at += PIECE) {
      int length = (int) Math.min(PIECE, end - at);
      io.metadataRead(input.readPadded(mapAt + at, piece, 0, length));
      for (int i = 0; i < length; i++) {
        sum += version == FIRST_VERSION ? piece[i] : piece[i] & 0xff;
      }
    }
    return ~sum & 0xffff_ffffL;
  }

  /** Whether all sectors of a block of the map are said to be present. */
  boolean isFull(long block) throws IOException {
    long at = block / 8;
    if (windowAt < 0 || at < windowAt || at >= windowAt + WINDOW) {
      long wanted = at - at % WINDOW;
      windowAt = -1;
      io.metadataRead(input.readPadded(mapAt + wanted, window, 0, WINDOW));
      windowAt = wanted;
    }
    return (window[(int) (at - windowAt)] & 0x80 >> (block % 8)) != 0;
  }
}
