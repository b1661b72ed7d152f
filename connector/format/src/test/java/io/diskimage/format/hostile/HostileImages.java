package io.diskimage.format.hostile;

import java.util.List;
import java.util.stream.Stream;

/** Every hostile image by name, each with what must become of it. */
public final class HostileImages {
  private HostileImages() {}

  /** All of them. */
  public static List<HostileImage> all() {
    return Stream.of(
            HostileReferences.all(), HostileQcow2.all(), HostileBlocks.all(), HostileBundles.all())
        .flatMap(List::stream)
        .toList();
  }
}
