package io.diskimage.format.vhd;

import io.diskimage.format.Bytes;
import io.diskimage.format.CreateOptions;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.InvalidOptionException;
import io.diskimage.format.write.FormatOptions;
import java.io.IOException;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/** Creates fixed and dynamic disks as vhd.md section 6 says, differencing ones as section 9.4. */
final class VhdCreator {
  static final int DYNAMIC_HEADER_AT = 512;
  static final int TABLE_AT = DYNAMIC_HEADER_AT + DynamicHeader.BYTES;

  private static final long EPOCH = 946_684_800L;
  private static final int QEMU_BLOCK_SIZE = 2 << 20;
  private static final int PIECE = 256 << 10;
  private static final int WI2K = 0x5769326b;

  private final ImageTarget target;
  private final CreateOptions options;
  private final int diskType;
  private final int creator;
  private final VhdSize size;
  private final NewParent parent;

  /**
   * Takes the options; {@code backing_file}, which is none of QEMU's, makes a differencing disk
   * over the backing image of {@link CreateOptions#writing()}.
   *
   * @throws InvalidOptionException if they are refused
   */
  VhdCreator(ImageTarget target, CreateOptions options) throws IOException {
    this.target = target;
    this.options = options;
    FormatOptions given = FormatOptions.of(options);
    boolean forced = given.flag("force_size", false);
    String subformat = given.choice("subformat", List.of("dynamic", "fixed"), "dynamic");
    String backingFile = given.text("backing_file", null);
    given.hostPreallocation();
    given.requireNoOthers();
    if (backingFile != null) {
      this.parent = NewParent.of(backingFile, options, forced || subformat.equals("fixed"));
      this.diskType = VhdFooter.DIFFERENCING;
      this.size = parent.size();
      this.creator = parent.creator();
      return;
    }
    this.parent = null;
    this.diskType = subformat.equals("fixed") ? VhdFooter.FIXED : VhdFooter.DYNAMIC;
    long bytes = options.virtualSize();
    if (bytes > VhdHeader.MAX_SECTORS * 512) {
      throw new InvalidOptionException("The image size is too large for file format 'vpc'");
    }
    this.size = forced ? VhdSize.forced(bytes) : VhdSize.roundedUp(bytes);
    this.creator = forced ? VhdFooter.CREATOR_QEMU_FORCED : VhdFooter.CREATOR_QEMU;
    if (diskType == VhdFooter.FIXED && size.sectors() == 0) {
      // The footer would begin the file, as that of a dynamic disk; QEMU cannot open it either.
      throw new InvalidOptionException("A fixed disk has at least one sector");
    }
  }

  void create() throws IOException {
    byte[] footer = footer();
    target.setLength(0);
    if (diskType == VhdFooter.FIXED) {
      target.write(size.bytes(), footer, 0, footer.length);
    } else {
      createDynamic(footer);
    }
    target.flush();
  }

  private void createDynamic(byte[] footer) throws IOException {
    long blockSize = parent == null ? QEMU_BLOCK_SIZE : parent.blockSize();
    long entries = (size.bytes() + blockSize - 1) / blockSize;
    long tableEnd = TABLE_AT + (entries * BlockTable.ENTRY_BYTES + 511) / 512 * 512;
    byte[] header = header(entries, blockSize);
    target.write(0, footer, 0, footer.length);
    byte[] piece = new byte[(int) Math.min(PIECE, tableEnd - TABLE_AT)];
    Arrays.fill(piece, (byte) 0xff);
    for (long at = TABLE_AT; at < tableEnd; at += piece.length) {
      target.write(at, piece, 0, (int) Math.min(piece.length, tableEnd - at));
    }
    long end = tableEnd;
    if (parent != null) {
      end = parent.store(header, target, tableEnd);
    }
    VhdChecksum.sign(header, DynamicHeader.BYTES, DynamicHeader.CHECKSUM_AT);
    target.write(DYNAMIC_HEADER_AT, header, 0, header.length);
    target.write(end, footer, 0, footer.length);
  }

  private byte[] footer() {
    byte[] bytes = new byte[VhdFooter.BYTES];
    Bytes.putU64be(bytes, 0, VhdFooter.COOKIE);
    Bytes.putU32be(bytes, 8, 2);
    Bytes.putU32be(bytes, 12, 0x10000);
    Bytes.putU64be(bytes, 16, diskType == VhdFooter.FIXED ? -1 : DYNAMIC_HEADER_AT);
    Bytes.putU32be(bytes, 24, seconds(options.clock()));
    Bytes.putU32be(bytes, 28, creator);
    Bytes.putU16be(bytes, 32, 5);
    Bytes.putU16be(bytes, 34, 3);
    Bytes.putU32be(bytes, 36, WI2K);
    Bytes.putU64be(bytes, VhdFooter.ORIGINAL_SIZE_AT, size.bytes());
    size.store(bytes);
    Bytes.putU32be(bytes, VhdFooter.TYPE_AT, diskType);
    UUID id = options.uuids().get();
    Bytes.putU64be(bytes, 68, id.getMostSignificantBits());
    Bytes.putU64be(bytes, 76, id.getLeastSignificantBits());
    VhdChecksum.sign(bytes, VhdFooter.BYTES, VhdFooter.CHECKSUM_AT);
    return bytes;
  }

  private static byte[] header(long entries, long blockSize) {
    byte[] bytes = new byte[DynamicHeader.BYTES];
    Bytes.putU64be(bytes, 0, DynamicHeader.COOKIE);
    Bytes.putU64be(bytes, 8, -1);
    Bytes.putU64be(bytes, DynamicHeader.TABLE_OFFSET_AT, TABLE_AT);
    Bytes.putU32be(bytes, 24, 0x10000);
    Bytes.putU32be(bytes, DynamicHeader.MAX_TABLE_ENTRIES_AT, entries);
    Bytes.putU32be(bytes, DynamicHeader.BLOCK_SIZE_AT, blockSize);
    return bytes;
  }

  /** Seconds since 2000-01-01, as times stand in the format. */
  static long seconds(long milliseconds) {
    return Math.max(0, milliseconds / 1000 - EPOCH);
  }

  private static long seconds(Clock clock) {
    return seconds(clock.millis());
  }
}
