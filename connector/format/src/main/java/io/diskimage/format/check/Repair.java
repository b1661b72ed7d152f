package io.diskimage.format.check;

/** Whether a repair can mend what was found, by the mode of {@code qemu-img check -r} it needs. */
public enum Repair {
  /** Not without losing something, or not at all. */
  NEVER,
  /** Also in the mode {@code leaks}. */
  LEAKS,
  /** In the mode {@code all}. */
  ALL
}
