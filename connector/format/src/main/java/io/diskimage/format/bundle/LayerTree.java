package io.diskimage.format.bundle;

import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageException;
import io.diskimage.format.bundle.Descriptor.Shot;
import io.diskimage.format.bundle.Descriptor.Storage;
import io.diskimage.format.bundle.Descriptor.StorageFile;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * The layers of a disk and their files: the current state and the snapshots, each on the one it was
 * made of (parallels-bundle.md section 3).
 */
final class LayerTree {
  private static final int MAX_NAMED = 8;

  private final String location;
  private final Map<UUID, UUID> parents;
  private final List<Map<UUID, StorageFile>> files;
  private final UUID top;

  private LayerTree(
      String location, Map<UUID, UUID> parents, List<Map<UUID, StorageFile>> files, UUID namedTop)
      throws ImageException {
    this.location = location;
    this.parents = parents;
    this.files = files;
    this.top = namedTop == null ? findTop() : namedTop;
  }

  /**
   * The layers of a descriptor.
   *
   * @throws CorruptImageException if layers or their files have GUIDs twice, or none is the top
   */
  static LayerTree of(Descriptor descriptor, String location) throws ImageException {
    List<Map<UUID, StorageFile>> files = new ArrayList<>();
    for (Storage storage : descriptor.storages()) {
      Map<UUID, StorageFile> ofStorage = new HashMap<>();
      for (StorageFile file : storage.files()) {
        if (ofStorage.put(file.guid(), file) != null) {
          throw duplicate(location, file.guid());
        }
      }
      files.add(ofStorage);
    }
    Map<UUID, UUID> parents = new LinkedHashMap<>();
    for (Shot shot : descriptor.shots()) {
      if (shot.guid().equals(Descriptor.NO_PARENT)) {
        throw corrupt(
            location, "Invalid disk descriptor: bad value '{" + shot.guid() + "}' in 'GUID'");
      }
      if (parents.put(shot.guid(), shot.parent()) != null) {
        throw duplicate(location, shot.guid());
      }
    }
    if (parents.values().stream().filter(Descriptor.NO_PARENT::equals).count() > 1) {
      throw corrupt(location, "Invalid disk descriptor: more than one snapshot without parent");
    }
    if (parents.isEmpty() && descriptor.top() == null) {
      parents.put(onlyLayer(descriptor, location), Descriptor.NO_PARENT);
    }
    return new LayerTree(location, parents, files, descriptor.top());
  }

  /** The layer of a descriptor without snapshots, whose storages have one file each. */
  private static UUID onlyLayer(Descriptor descriptor, String location) throws ImageException {
    for (Storage storage : descriptor.storages()) {
      if (storage.files().size() != 1) {
        throw corrupt(location, "Invalid disk descriptor: 'Shot' not found");
      }
    }
    return descriptor.storages().get(0).files().get(0).guid();
  }

  private UUID findTop() throws ImageException {
    if (parents.containsKey(Descriptor.PREDEFINED_TOP)) {
      return Descriptor.PREDEFINED_TOP;
    }
    Set<UUID> leaves = new LinkedHashSet<>(parents.keySet());
    leaves.removeAll(Set.copyOf(parents.values()));
    if (leaves.isEmpty()) {
      throw corrupt(location, "Snapshot chain contains a loop");
    }
    if (leaves.size() > 1) {
      List<String> named = leaves.stream().limit(MAX_NAMED).map(leaf -> "{" + leaf + "}").toList();
      throw corrupt(
          location,
          "Invalid disk descriptor: "
              + leaves.size()
              + " snapshots may be the top: "
              + String.join(", ", named));
    }
    return leaves.iterator().next();
  }

  /** The layer that the guest writes to. */
  UUID top() {
    return top;
  }

  /** Layers that are kept as they are, in the order of the descriptor. */
  List<UUID> snapshots() {
    return parents.keySet().stream().filter(layer -> !layer.equals(top)).toList();
  }

  boolean has(UUID layer) {
    return parents.containsKey(layer);
  }

  /**
   * A layer and all below it.
   *
   * @throws CorruptImageException if one is not there, has no file in some storage, has a plain one
   *     above another layer, or comes back
   */
  LayerChain chain(UUID from) throws ImageException {
    Set<UUID> seen = new HashSet<>();
    List<UUID> layers = new ArrayList<>();
    UUID layer = from;
    // The first one is looked up even if it is the id that stands for no layer.
    do {
      UUID parent = parents.get(layer);
      if (parent == null) {
        throw corrupt(location, "Snapshot {" + layer + "} not found in the disk descriptor");
      }
      if (!seen.add(layer)) {
        throw corrupt(location, "Snapshot chain contains a loop");
      }
      if (layers.size() == LayerChain.MAX_LAYERS) {
        throw corrupt(
            location, "Snapshot chain has more than " + LayerChain.MAX_LAYERS + " layers");
      }
      layers.add(layer);
      layer = parent;
    } while (!layer.equals(Descriptor.NO_PARENT));
    LayerChain chain = new LayerChain(layers);
    requireStored(chain);
    return chain;
  }

  /** Every layer has a file in every storage, and only the root may be a plain one. */
  private void requireStored(LayerChain chain) throws ImageException {
    for (Map<UUID, StorageFile> ofStorage : files) {
      for (UUID layer : chain.layers()) {
        StorageFile file = ofStorage.get(layer);
        if (file == null) {
          throw corrupt(
              location, "Invalid disk descriptor: no storage file of snapshot {" + layer + "}");
        }
        if (file.isPlain() && !layer.equals(chain.root())) {
          throw corrupt(
              location,
              "Invalid disk descriptor: plain storage file of snapshot {"
                  + layer
                  + "}, which has a parent");
        }
      }
    }
  }

  /**
   * The file of a layer of some {@link #chain}.
   *
   * @param storage index of the segment
   */
  StorageFile file(int storage, UUID layer) {
    return files.get(storage).get(layer);
  }

  private static CorruptImageException duplicate(String location, UUID guid) {
    return corrupt(location, "Invalid disk descriptor: duplicate GUID {" + guid + "}");
  }

  private static CorruptImageException corrupt(String location, String detail) {
    return new CorruptImageException(location, ImageException.NO_OFFSET, detail);
  }
}
