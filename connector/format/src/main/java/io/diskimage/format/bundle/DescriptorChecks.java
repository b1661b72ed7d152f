package io.diskimage.format.bundle;

import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInput;
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

/** Rows 7 to 9 of parallels-bundle.md section 6, for every purpose. */
final class DescriptorChecks {
  private static final int MAX_NAMED = 8;

  private final Descriptor descriptor;
  private final ImageInput input;
  private final Map<UUID, UUID> parents = new LinkedHashMap<>();

  private DescriptorChecks(Descriptor descriptor, ImageInput input) {
    this.descriptor = descriptor;
    this.input = input;
  }

  /** The layers of a valid descriptor. */
  static LayerChain validate(Descriptor descriptor, ImageInput input) throws ImageException {
    DescriptorChecks checks = new DescriptorChecks(descriptor, input);
    checks.segments();
    List<Map<UUID, StorageFile>> files = checks.files();
    checks.shots();
    LayerChain chain = new LayerChain(checks.layers());
    checks.chainIsStored(chain, files);
    return chain;
  }

  private void segments() throws ImageException {
    long next = 0;
    for (Storage storage : descriptor.storages()) {
      if (storage.start() != next || storage.end() <= storage.start()) {
        throw segmentFault();
      }
      next = storage.end();
    }
    if (next != descriptor.diskSize()) {
      throw segmentFault();
    }
  }

  private ImageException segmentFault() {
    return corrupt("Invalid disk descriptor: storage segments do not cover the disk");
  }

  /** The files of each storage by their layers. */
  private List<Map<UUID, StorageFile>> files() throws ImageException {
    List<Map<UUID, StorageFile>> all = new ArrayList<>();
    for (Storage storage : descriptor.storages()) {
      Map<UUID, StorageFile> files = new HashMap<>();
      for (StorageFile file : storage.files()) {
        if (files.put(file.guid(), file) != null) {
          throw duplicate(file.guid());
        }
      }
      all.add(files);
    }
    return all;
  }

  private void shots() throws ImageException {
    int roots = 0;
    for (Shot shot : descriptor.shots()) {
      if (shot.guid().equals(Descriptor.NO_PARENT)) {
        throw corrupt("Invalid disk descriptor: bad value '{" + shot.guid() + "}' in 'GUID'");
      }
      if (parents.put(shot.guid(), shot.parent()) != null) {
        throw duplicate(shot.guid());
      }
      roots += shot.parent().equals(Descriptor.NO_PARENT) ? 1 : 0;
    }
    if (roots > 1) {
      throw corrupt("Invalid disk descriptor: more than one snapshot without parent");
    }
  }

  private List<UUID> layers() throws ImageException {
    if (parents.isEmpty() && descriptor.top() == null) {
      return List.of(onlyLayer());
    }
    Set<UUID> layers = new HashSet<>();
    List<UUID> chain = new ArrayList<>();
    UUID layer = top();
    // The top is looked up even if it is the id that stands for no layer.
    do {
      UUID parent = parents.get(layer);
      if (parent == null) {
        throw corrupt("Snapshot {" + layer + "} not found in the disk descriptor");
      }
      if (!layers.add(layer)) {
        throw corrupt("Snapshot chain contains a loop");
      }
      if (chain.size() == LayerChain.MAX_LAYERS) {
        throw corrupt("Snapshot chain has more than " + LayerChain.MAX_LAYERS + " layers");
      }
      chain.add(layer);
      layer = parent;
    } while (!layer.equals(Descriptor.NO_PARENT));
    return chain;
  }

  /** The layer of a descriptor without snapshots, whose storages have one file each. */
  private UUID onlyLayer() throws ImageException {
    UUID layer = descriptor.storages().get(0).files().get(0).guid();
    for (Storage storage : descriptor.storages()) {
      if (storage.files().size() != 1) {
        throw corrupt("Invalid disk descriptor: 'Shot' not found");
      }
    }
    return layer;
  }

  private UUID top() throws ImageException {
    if (descriptor.top() != null) {
      return descriptor.top();
    }
    if (parents.containsKey(Descriptor.PREDEFINED_TOP)) {
      return Descriptor.PREDEFINED_TOP;
    }
    Set<UUID> leaves = new LinkedHashSet<>(parents.keySet());
    leaves.removeAll(Set.copyOf(parents.values()));
    if (leaves.isEmpty()) {
      throw corrupt("Snapshot chain contains a loop");
    }
    if (leaves.size() > 1) {
      List<String> named = leaves.stream().limit(MAX_NAMED).map(leaf -> "{" + leaf + "}").toList();
      throw corrupt(
          "Invalid disk descriptor: "
              + leaves.size()
              + " snapshots may be the top: "
              + String.join(", ", named));
    }
    return leaves.iterator().next();
  }

  /** Every layer has a file in every storage, and only the root may be a plain one. */
  private void chainIsStored(LayerChain chain, List<Map<UUID, StorageFile>> storages)
      throws ImageException {
    for (Map<UUID, StorageFile> files : storages) {
      for (UUID layer : chain.layers()) {
        StorageFile file = files.get(layer);
        if (file == null) {
          throw corrupt("Invalid disk descriptor: no storage file of snapshot {" + layer + "}");
        }
        if (file.isPlain() && !layer.equals(chain.root())) {
          throw corrupt(
              "Invalid disk descriptor: plain storage file of snapshot {"
                  + layer
                  + "}, which has a parent");
        }
      }
    }
  }

  private CorruptImageException duplicate(UUID guid) {
    return corrupt("Invalid disk descriptor: duplicate GUID {" + guid + "}");
  }

  private CorruptImageException corrupt(String detail) {
    return new CorruptImageException(input.location(), ImageException.NO_OFFSET, detail);
  }
}
