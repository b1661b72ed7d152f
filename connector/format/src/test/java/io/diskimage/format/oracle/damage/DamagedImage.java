package io.diskimage.format.oracle.damage;

import java.util.List;

/**
 * An image that something is wrong with, or might be.
 *
 * @param name unique in a list: that of its base image, a dot and a number
 * @param base what it was before
 * @param bytes of its file
 * @param damage what was done to it, in order; empty for an image in good order
 */
public record DamagedImage(String name, BaseImage base, ImageBytes bytes, List<String> damage) {
  public DamagedImage {
    damage = List.copyOf(damage);
  }

  /** What it is, what was done to it, and how to make it again. */
  @Override
  public String toString() {
    return String.format(
        "%s: -Ddiskimage.seed=%d -Ddiskimage.damaged.only=%s%n  %s%n  of %s",
        name, base.recipe().seed(), name, damage, base.recipe());
  }
}
