package io.diskimage.format.check;

/** Whose rule a finding breaks. */
public enum Scope {
  /** Counted by {@code qemu-img check} too; for a format QEMU has no check for, its main rules. */
  QEMU,
  /** Not looked at by {@code qemu-img check}: counted apart, so that its counters compare. */
  BEYOND
}
