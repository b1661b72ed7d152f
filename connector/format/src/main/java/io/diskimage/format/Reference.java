package io.diskimage.format;

import java.util.Objects;

/**
 * A pointer out of an image file, as the image states it and nobody has checked it.
 *
 * @param kind one of the constants here; of a parent locator {@link #PARENT_LOCATOR} and its
 *     platform code
 * @param target file name as written; empty when the image names its target by id alone, or the
 *     name cannot be decoded
 * @param targetFormat recorded format of the target, or null
 * @param targetId recorded id of the target as {@link ImageInfo#imageId()} writes ids, or null
 */
public record Reference(String kind, String target, String targetFormat, String targetId) {
  /** What lies below a qcow2 image (qcow2.md section 1.1). */
  public static final String BACKING_FILE = "backing file";

  /** Where a qcow2 image keeps its data (qcow2.md section 1.3). */
  public static final String DATA_FILE = "data file";

  /**
   * Start of the kind of a VHD's parent locator, in front of the platform code without trailing
   * blanks: {@code parent locator W2ru} (vhd.md section 1.6).
   */
  public static final String PARENT_LOCATOR = "parent locator ";

  /** The parent's name in the header of a VHD (vhd.md section 1.2). */
  public static final String PARENT_NAME = "parent name";

  /** A parent known by its id alone (vdi.md section 9). */
  public static final String PARENT_ID = "parent id";

  /** The state of a VDI parent that its child was made of (vdi.md section 1.1, uuid_parent). */
  public static final String PARENT_MODIFICATION_ID = "parent modification id";

  /** A storage file of a Parallels bundle (parallels-bundle.md section 2.2). */
  public static final String STORAGE_IMAGE = "storage image";

  /** The bundle that a Parallels bundle is a clone of (parallels-bundle.md section 2.2). */
  public static final String PARENT_BUNDLE = "parent bundle";

  private static final String WINDOWS_LOCATOR = PARENT_LOCATOR + "W2";
  private static final String OLD_WINDOWS_LOCATOR = PARENT_LOCATOR + "Wi2";

  public Reference {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(target, "target");
  }

  /** Whether the target is written by the rules of Windows, where backslashes part names. */
  public boolean isWindowsName() {
    return kind.startsWith(WINDOWS_LOCATOR)
        || kind.startsWith(OLD_WINDOWS_LOCATOR)
        || isPlainName();
  }

  /**
   * Whether only the last component of the target counts, looked for beside the image (vhd.md
   * section 9.2).
   */
  public boolean isPlainName() {
    return kind.equals(PARENT_NAME);
  }
}
