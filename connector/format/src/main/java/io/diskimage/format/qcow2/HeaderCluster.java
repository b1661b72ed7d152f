package io.diskimage.format.qcow2;

import io.diskimage.format.Bytes;
import io.diskimage.format.InvalidOptionException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The first cluster of a new image: header, extensions, name of the backing file (qcow2.md 1.3).
 */
final class HeaderCluster {
  private static final int V3_HEADER_LENGTH = 112;

  /** Smaller clusters have no room for names of features. */
  private static final int MAX_WITHOUT_NAMES = 4096;

  private static final int NAME_ENTRY_BYTES = 48;
  private static final List<FeatureName> NAMES =
      List.of(
          new FeatureName(0, 0, "dirty bit"),
          new FeatureName(0, 1, "corrupt bit"),
          new FeatureName(0, 2, "external data file"),
          new FeatureName(0, 3, "compression type"),
          new FeatureName(0, 4, "extended L2 entries"),
          new FeatureName(1, 0, "lazy refcounts"),
          new FeatureName(2, 0, "bitmaps"),
          new FeatureName(2, 1, "raw external data"));

  private final byte[] bytes;
  private int position;

  /** A feature by its set (incompatible, compatible, autoclear) and bit. */
  private record FeatureName(int kind, int bit, String name) {}

  /** Place of the LUKS header area. */
  record EncryptionArea(long offset, long length) {}

  private HeaderCluster(int clusterSize) {
    this.bytes = new byte[clusterSize];
  }

  /**
   * The cluster's bytes.
   *
   * @param header gives all fields but the place of the backing file's name
   * @param backingFile null for none
   * @param backingFormat null for none
   * @param dataFile null for none
   * @param area null for none
   * @throws InvalidOptionException if it does not have room for all
   */
  static byte[] of(
      Qcow2Header header,
      String backingFile,
      String backingFormat,
      String dataFile,
      EncryptionArea area) {
    HeaderCluster cluster = new HeaderCluster(header.clusterSize());
    cluster.fields(header);
    if (backingFormat != null) {
      cluster.extension(HeaderExtensions.BACKING_FORMAT, utf8(backingFormat));
    }
    if (dataFile != null) {
      cluster.extension(HeaderExtensions.DATA_FILE, utf8(dataFile));
    }
    if (area != null) {
      byte[] place = new byte[16];
      Bytes.putU64be(place, 0, area.offset());
      Bytes.putU64be(place, 8, area.length());
      cluster.extension(HeaderExtensions.ENCRYPTION, place);
    }
    if (header.version() >= 3 && header.clusterSize() > MAX_WITHOUT_NAMES) {
      cluster.extension(HeaderExtensions.FEATURE_NAMES, names());
    }
    cluster.extension(HeaderExtensions.END, new byte[0]);
    if (backingFile != null) {
      cluster.backingFile(utf8(backingFile));
    }
    return cluster.bytes;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] names() {
    byte[] names = new byte[NAMES.size() * NAME_ENTRY_BYTES];
    int at = 0;
    for (FeatureName feature : NAMES) {
      names[at] = (byte) feature.kind();
      names[at + 1] = (byte) feature.bit();
      byte[] name = utf8(feature.name());
      System.arraycopy(name, 0, names, at + 2, name.length);
      at += NAME_ENTRY_BYTES;
    }
    return names;
  }

  private void fields(Qcow2Header header) {
    Bytes.putU32be(bytes, 0, Qcow2Header.MAGIC);
    Bytes.putU32be(bytes, 4, header.version());
    Bytes.putU32be(bytes, 20, header.clusterBits());
    Bytes.putU64be(bytes, 24, header.size());
    Bytes.putU32be(bytes, 32, header.cryptMethod());
    Bytes.putU32be(bytes, 36, header.l1Size());
    Bytes.putU64be(bytes, 40, header.l1TableOffset());
    Bytes.putU64be(bytes, 48, header.refcountTableOffset());
    Bytes.putU32be(bytes, 56, header.refcountTableClusters());
    Bytes.putU32be(bytes, 60, header.snapshotCount());
    Bytes.putU64be(bytes, 64, header.snapshotsOffset());
    position = Qcow2Header.V2_HEADER_LENGTH;
    if (header.version() >= 3) {
      Bytes.putU64be(bytes, 72, header.incompatibleFeatures());
      Bytes.putU64be(bytes, 80, header.compatibleFeatures());
      Bytes.putU64be(bytes, 88, header.autoclearFeatures());
      Bytes.putU32be(bytes, 96, header.refcountOrder());
      Bytes.putU32be(bytes, 100, V3_HEADER_LENGTH);
      bytes[104] = (byte) header.compressionType();
      position = V3_HEADER_LENGTH;
    }
  }

  private void extension(long type, byte[] content) {
    require(8 + content.length);
    Bytes.putU32be(bytes, position, type);
    Bytes.putU32be(bytes, position + 4, content.length);
    System.arraycopy(content, 0, bytes, position + 8, content.length);
    position += 8 + (content.length + 7) / 8 * 8;
  }

  private void backingFile(byte[] name) {
    require(name.length);
    Bytes.putU64be(bytes, 8, position);
    Bytes.putU32be(bytes, 16, name.length);
    System.arraycopy(name, 0, bytes, position, name.length);
  }

  private void require(int length) {
    if (length > bytes.length - position) {
      throw new InvalidOptionException("Could not write qcow2 header: No space left on device");
    }
  }
}
