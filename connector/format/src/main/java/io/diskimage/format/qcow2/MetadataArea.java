package io.diskimage.format.qcow2;

/** Kinds of metadata, in the order in which QEMU looks for overlaps with them (qcow2.md 5.10). */
enum MetadataArea {
  HEADER("qcow2_header"),
  ACTIVE_L1("active L1 table"),
  REFCOUNT_TABLE("refcount table"),
  SNAPSHOT_TABLE("snapshot table"),
  INACTIVE_L1("inactive L1 table"),
  ACTIVE_L2("active L2 table"),
  REFCOUNT_BLOCK("refcount block"),
  BITMAP_DIRECTORY("bitmap directory");

  private final String text;

  MetadataArea(String text) {
    this.text = text;
  }

  /** What QEMU calls it. */
  String text() {
    return text;
  }
}
