package io.diskimage.spark.options;

/** Whether what lies below an image in its backing chain is part of it. */
public enum ChainMode {
  /** This file only; no other is opened. */
  TOP,
  /** The guest's view: what the image does not decide, the layers below it do. */
  FOLLOW
}
