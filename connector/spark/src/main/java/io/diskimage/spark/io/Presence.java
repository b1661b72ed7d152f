package io.diskimage.spark.io;

/** Whether the target of a reference is there. */
public enum Presence {
  PRESENT,
  MISSING,
  /** It lies outside the directories that references may lead into, and nobody looked. */
  OUTSIDE
}
