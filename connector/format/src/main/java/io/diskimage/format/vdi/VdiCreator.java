package io.diskimage.format.vdi;

import io.diskimage.format.Bytes;
import io.diskimage.format.CreateOptions;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.InvalidOptionException;
import io.diskimage.format.write.FormatOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/** Creates images as vdi.md section 6 says. */
final class VdiCreator {
  private static final String TEXT = "<<< QEMU VM Virtual Disk Image >>>\n";
  private static final int PIECE = 256 << 10;

  private final ImageTarget target;
  private final CreateOptions options;
  private final long diskSize;
  private final boolean isStatic;

  /**
   * Takes the options.
   *
   * @throws InvalidOptionException if they are refused
   */
  VdiCreator(ImageTarget target, CreateOptions options) {
    this.target = target;
    this.options = options;
    FormatOptions given = FormatOptions.of(options);
    this.isStatic = given.flag("static", false);
    given.hostPreallocation();
    given.requireNoOthers();
    this.diskSize = (options.virtualSize() + 511) & -512;
    // As unsigned numbers: the largest sizes are rounded up to 2^63.
    if (Long.compareUnsigned(diskSize, VdiHeader.MAX_DISK_SIZE) > 0) {
      throw new InvalidOptionException(
          String.format(
              Locale.ROOT,
              "Unsupported VDI image size (size is 0x%x, max supported is 0x%x)",
              diskSize,
              VdiHeader.MAX_DISK_SIZE));
    }
  }

  void create() throws IOException {
    target.setLength(0);
    byte[] bytes = header();
    target.write(0, bytes, 0, bytes.length);
    VdiHeader header = VdiHeader.parse(bytes);
    writeMap(header);
    if (isStatic) {
      target.setLength(header.offsetData() + header.blocksInImage() * header.stride());
    }
    target.flush();
  }

  private byte[] header() {
    long blocks = (diskSize + VdiHeader.QEMU_BLOCK_SIZE - 1) / VdiHeader.QEMU_BLOCK_SIZE;
    long mapBytes = (blocks * BlockTable.ENTRY_BYTES + 511) / 512 * 512;
    byte[] bytes = new byte[VdiHeader.BYTES];
    byte[] text = TEXT.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(text, 0, bytes, 0, text.length);
    Bytes.putU32le(bytes, 0x40, VdiHeader.SIGNATURE);
    Bytes.putU32le(bytes, 0x44, VdiHeader.VERSION_1_1);
    Bytes.putU32le(bytes, 0x48, 0x180);
    Bytes.putU32le(bytes, 0x4c, isStatic ? VdiHeader.TYPE_STATIC : VdiHeader.TYPE_DYNAMIC);
    Bytes.putU32le(bytes, 0x154, VdiHeader.BYTES);
    Bytes.putU32le(bytes, 0x158, VdiHeader.BYTES + mapBytes);
    Bytes.putU32le(bytes, 0x168, 512);
    Bytes.putU64le(bytes, VdiHeader.DISK_SIZE_AT, diskSize);
    Bytes.putU32le(bytes, 0x178, VdiHeader.QEMU_BLOCK_SIZE);
    Bytes.putU32le(bytes, VdiHeader.BLOCKS_IN_IMAGE_AT, blocks);
    Bytes.putU32le(bytes, VdiHeader.BLOCKS_ALLOCATED_AT, isStatic ? blocks : 0);
    VdiUuid.write(bytes, 0x188, options.uuids().get());
    VdiUuid.write(bytes, 0x198, options.uuids().get());
    return bytes;
  }

  /** Entries of a static image are their own index; the padding is zero. */
  private void writeMap(VdiHeader header) throws IOException {
    byte[] piece = new byte[(int) Math.min(PIECE, header.mapEnd() - header.offsetBmap())];
    Arrays.fill(piece, (byte) 0xff);
    for (long at = header.offsetBmap(); at < header.mapEnd(); at += piece.length) {
      int length = (int) Math.min(piece.length, header.mapEnd() - at);
      long first = (at - header.offsetBmap()) / BlockTable.ENTRY_BYTES;
      long entries = Math.min(length / BlockTable.ENTRY_BYTES, header.blocksInImage() - first);
      for (int i = 0; isStatic && i < entries; i++) {
        Bytes.putU32le(piece, i * BlockTable.ENTRY_BYTES, first + i);
      }
      Arrays.fill(piece, (int) entries * BlockTable.ENTRY_BYTES, length, (byte) 0);
      target.write(at, piece, 0, length);
    }
  }
}
