package io.diskimage.format.vhd;

import io.diskimage.format.Bytes;
import io.diskimage.format.CreateOptions;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageInfo;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.InvalidOptionException;
import io.diskimage.format.vhd.DynamicHeader.ParentLocator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.UUID;

/** The parent of a differencing disk that is created (vhd.md section 9.4, last paragraph). */
final class NewParent {
  private static final int DEFAULT_BLOCK_SIZE = 2 << 20;
  private static final long MIN_BLOCK_SIZE = 4096;
  private static final UUID RAW = new UUID(0, 0);

  private final String path;
  private final long timestamp;
  private final UUID id;
  private final VhdSize size;
  private final long blockSize;

  private NewParent(String path, long timestamp, UUID id, VhdSize size, long blockSize) {
    this.path = path;
    this.timestamp = timestamp;
    this.id = id;
    this.size = size;
    this.blockSize = blockSize;
  }

  /**
   * The parent that options name.
   *
   * @param path of the parent as the child stores it
   * @param otherKind whether the options ask for another kind of disk, too
   */
  static NewParent of(String path, CreateOptions options, boolean otherKind) throws IOException {
    DiskImage image = options.writing().backing();
    if (image == null || otherKind) {
      throw new InvalidOptionException(
          image == null
              ? "Parameter 'backing_file' needs the backing image to be opened"
              : "Parameter 'backing_file' makes a differencing disk");
    }
    if (path.isEmpty() || utf16(path, false).length > ParentLocator.MAX_LENGTH) {
      throw new InvalidOptionException("Parameter 'backing_file' is no path");
    }
    if (options.virtualSize() != 0 && options.virtualSize() != image.virtualSize()) {
      throw new InvalidOptionException(
          "A differencing disk has the size of its parent, " + image.virtualSize());
    }
    ImageInfo info = image.info();
    boolean isVhd = info.format().equals("vpc");
    if (!isVhd && !info.format().equals("raw")) {
      throw new InvalidOptionException(
          "The parent of a differencing disk is of format 'vpc' or 'raw', not '"
              + info.format()
              + "'");
    }
    VhdSize size = isVhd ? sizeOf(info) : VhdSize.forced(image.virtualSize());
    if (size.sectors() > VhdHeader.MAX_SECTORS) {
      throw new InvalidOptionException("The image size is too large for file format 'vpc'");
    }
    return new NewParent(
        path,
        VhdCreator.seconds(image.inputs().get(0).input().modificationTime()),
        isVhd ? UUID.fromString(info.imageId()) : RAW,
        size,
        Math.max(
            MIN_BLOCK_SIZE, info.clusterSize() == null ? DEFAULT_BLOCK_SIZE : info.clusterSize()));
  }

  private static VhdSize sizeOf(ImageInfo info) {
    Map<String, String> fields = info.header();
    return new VhdSize(
        info.virtualSize() / 512,
        new Geometry(
            Long.parseLong(fields.get("cylinders")),
            Long.parseLong(fields.get("heads")),
            Long.parseLong(fields.get("sectors_per_track"))));
  }

  VhdSize size() {
    return size;
  }

  long blockSize() {
    return blockSize;
  }

  /** One by whose rule the child has its parent's size. */
  int creator() {
    return size.geometry().sectors() == size.sectors()
        ? VhdFooter.CREATOR_QEMU
        : VhdFooter.CREATOR_QEMU_FORCED;
  }

  /**
   * Stores what leads to the parent: the path as Windows writes it in both locators, and its last
   * component as the name.
   *
   * @param header gets the fields
   * @param at host offset behind the table
   * @return host offset behind the locators
   */
  long store(byte[] header, ImageTarget target, long at) throws IOException {
    Bytes.putU64be(header, DynamicHeader.PARENT_ID_AT, id.getMostSignificantBits());
    Bytes.putU64be(header, DynamicHeader.PARENT_ID_AT + 8, id.getLeastSignificantBits());
    Bytes.putU32be(header, DynamicHeader.PARENT_TIMESTAMP_AT, timestamp);
    byte[] name = utf16(path.substring(path.lastIndexOf('/') + 1), true);
    int length = Math.min(name.length, DynamicHeader.NAME_BYTES);
    System.arraycopy(name, 0, header, DynamicHeader.NAME_AT, length);
    String there = path.replace('/', '\\');
    boolean absolute = path.startsWith("/");
    long end = storeLocator(header, 0, ParentLocator.W2KU, there, target, at);
    return absolute ? end : storeLocator(header, 1, ParentLocator.W2RU, ".\\" + there, target, end);
  }

  private static long storeLocator(
      byte[] header, int slot, int code, String text, ImageTarget target, long at)
      throws IOException {
    byte[] bytes = utf16(text, false);
    long space = (bytes.length + 511L) / 512 * 512;
    int field = DynamicHeader.LOCATORS_AT + slot * ParentLocator.BYTES;
    Bytes.putU32be(header, field, code);
    Bytes.putU32be(header, field + 4, space);
    Bytes.putU32be(header, field + 8, bytes.length);
    Bytes.putU64be(header, field + 16, at);
    target.write(at, bytes, 0, bytes.length);
    return at + space;
  }

  private static byte[] utf16(String text, boolean bigEndian) {
    return text.getBytes(bigEndian ? StandardCharsets.UTF_16BE : StandardCharsets.UTF_16LE);
  }
}
