package io.diskimage.format;

/**
 * Where the content of a run comes from; the order is the precedence for a block of mixed parts.
 */
public enum ExtentKind {
  /** Stored as it is. */
  DATA("data"),
  /** Stored compressed. */
  COMPRESSED("compressed"),
  /** Reads as zero by an entry that says so. */
  ZERO("zero"),
  /** No entry and nothing below: reads as zero. */
  UNALLOCATED("unallocated"),
  /** No entry, and the image names a backing file or parent. */
  BACKING("backing");

  private final String label;

  ExtentKind(String label) {
    this.label = label;
  }

  /** The value of the column {@code _kind}. */
  public String label() {
    return label;
  }

  /**
   * Whether the content is stored as data in this layer: the {@code data} key of {@code qemu-img
   * map}.
   */
  public boolean stored() {
    return this == DATA || this == COMPRESSED;
  }
}
