package io.diskimage.format.oracle.damage;

import java.util.List;

/** Where the fields and tables of an image in good order lie. */
interface Layout {
  /** Group of the header's fields. */
  String HEADER = "header";

  /** All that can be damaged. */
  List<Entries> entries();

  /** Bytes of a cluster. */
  long clusterSize();

  /** Offsets of the header and of tables: where no other table and no data should lie. */
  List<Long> landmarks();

  /**
   * The value by which an entry points to a place in the file.
   *
   * @param old value of the entry, whose flags are kept
   */
  long pointer(Entries entries, long old, long hostOffset);

  /**
   * Whether checking takes neither seconds nor gigabytes: some fields that QEMU takes at their word
   * are out of all proportion to the file.
   */
  boolean affordable(ImageBytes damaged);

  /** Makes the checksums of an image right again; most formats have none. */
  default void sign(ImageBytes damaged) {
    // Nothing to be made right.
  }
}
