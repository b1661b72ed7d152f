package io.diskimage.format.bundle;

import java.util.List;
import java.util.UUID;

/**
 * The layers that make up the disk, from the top to the root (parallels-bundle.md section 3).
 *
 * @param layers at least one
 */
record LayerChain(List<UUID> layers) {
  static final int MAX_LAYERS = 64;

  LayerChain {
    layers = List.copyOf(layers);
  }

  UUID top() {
    return layers.get(0);
  }

  UUID root() {
    return layers.get(layers.size() - 1);
  }
}
