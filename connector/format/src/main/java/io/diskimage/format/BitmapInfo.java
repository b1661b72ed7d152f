package io.diskimage.format;

import java.util.Objects;

/**
 * A persistent dirty bitmap.
 *
 * @param name as the image states it
 * @param granularity guest bytes that one bit stands for, a power of two
 * @param enabled nullable: it records writes
 * @param inUse nullable: not stored properly, so that its bits are stale
 */
public record BitmapInfo(String name, long granularity, Boolean enabled, Boolean inUse) {
  public BitmapInfo {
    Objects.requireNonNull(name, "name");
  }
}
