package io.diskimage.format.bundle;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * What a descriptor says (parallels-bundle.md section 2). Numbers are below 2^54; sectors have 512
 * bytes.
 *
 * @param root name of the root element
 * @param version attribute of the root, or null
 * @param diskSize sectors
 * @param padding 0 for none
 * @param sectorSize bytes, 512 where nothing is said
 * @param parameters text of the known elements of Disk_Parameters by their names, those of
 *     Encryption and Miscellaneous among them
 * @param storages segments of the disk, by their start
 * @param origin the bundle that this one continues, or null
 * @param top layer the guest writes to, or null
 * @param shots layers
 */
record Descriptor(
    String root,
    String version,
    long diskSize,
    long padding,
    long sectorSize,
    Map<String, String> parameters,
    List<Storage> storages,
    Origin origin,
    UUID top,
    List<Shot> shots) {

  static final Set<String> ROOTS = Set.of("Parallels_disk_image", "Virtuozzo_disk_image");

  static final UUID NO_PARENT = new UUID(0, 0);

  /** The top layer where none is named (parallels-bundle.md section 2.3). */
  static final UUID PREDEFINED_TOP = UUID.fromString("5fbaabe3-6958-40ff-92a7-860e329aab41");

  /**
   * A segment of the disk.
   *
   * @param start first sector
   * @param end the sector behind the last one
   * @param blocksize cluster in sectors, or null
   * @param files one for each layer
   */
  record Storage(long start, long end, Long blocksize, List<StorageFile> files) {}

  /**
   * A storage file.
   *
   * @param guid of its layer
   * @param type {@code Compressed} or {@code Plain}; other words are not known
   * @param file as written
   */
  record StorageFile(UUID guid, String type, String file) {
    boolean isPlain() {
      return type.equals("Plain");
    }

    boolean isCompressed() {
      return type.equals("Compressed");
    }

    /** Name of the driver that reads the file, or null for an unknown type. */
    String format() {
      if (isCompressed()) {
        return "parallels";
      }
      return isPlain() ? "raw" : null;
    }
  }

  /**
   * Where a clone continues.
   *
   * @param parent folder as written
   * @param snapshot layer there, or null
   */
  record Origin(String parent, UUID snapshot) {}

  /** A layer and the one below it, {@link #NO_PARENT} for the root. */
  record Shot(UUID guid, UUID parent) {}

  /** Whether a plug-in encrypts the disk, or a key is named. */
  boolean isEncrypted() {
    String engine = parameters.get("Engine");
    boolean none = engine == null || engine.chars().allMatch(c -> "{}-0".indexOf(c) >= 0);
    return !none || parameters.containsKey("KeyId");
  }
}
