package io.diskimage.format.bundle;

import static io.diskimage.format.bundle.DescriptorText.NO_PARENT;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

/**
 * A disk in the making, in parts and with snapshots (parallels-bundle.md sections 2 to 5). It knows
 * from the requests what its guest saw at each of them.
 */
final class BundleWriter {
  private static final int SECTOR = 512;
  private static final int[] TRACKS = {1, 8, 63, 64, 128};

  private final Random random;
  private final int[] starts;
  private final Map<String, Layer> layers = new LinkedHashMap<>();
  private final Map<String, byte[]> states = new HashMap<>();
  private String top;
  private byte[] guest;

  private record Layer(String parent, List<HdsFile> parts) {}

  /**
   * An empty disk.
   *
   * @param partSectors sectors of each part
   */
  BundleWriter(Random random, int... partSectors) {
    this.random = random;
    this.starts = new int[partSectors.length + 1];
    for (int i = 0; i < partSectors.length; i++) {
      starts[i + 1] = starts[i] + partSectors[i];
    }
    this.guest = new byte[starts[partSectors.length] * SECTOR];
    newTop(NO_PARENT);
  }

  private void newTop(String parent) {
    List<HdsFile> parts = new ArrayList<>();
    for (int i = 0; i + 1 < starts.length; i++) {
      int sectors = starts[i + 1] - starts[i];
      boolean plain = parent.equals(NO_PARENT) && random.nextInt(3) == 0;
      int tracks = TRACKS[random.nextInt(TRACKS.length)];
      parts.add(
          plain
              ? HdsFile.plain(sectors)
              : HdsFile.compressed(sectors, tracks, random.nextBoolean()));
    }
    top = "{" + new UUID(random.nextLong(), random.nextLong()) + "}";
    layers.put(top, new Layer(parent, parts));
  }

  /** The guest writes sectors. */
  void write(int offset, byte[] content) {
    for (int i = 0; i + 1 < starts.length; i++) {
      int start = starts[i] * SECTOR;
      int end = starts[i + 1] * SECTOR;
      int from = Math.max(offset, start);
      int to = Math.min(offset + content.length, end);
      if (from < to) {
        byte[] piece = Arrays.copyOfRange(content, from - offset, to - offset);
        byte[] before = Arrays.copyOfRange(guest, start, end);
        layers.get(top).parts().get(i).write(from - start, piece, before);
      }
    }
    System.arraycopy(content, 0, guest, offset, content.length);
  }

  /** A few random requests. */
  void write(int requests) {
    int sectors = guest.length / SECTOR;
    for (int i = 0; i < requests; i++) {
      int from = random.nextInt(sectors);
      byte[] content = new byte[SECTOR * (1 + random.nextInt(Math.min(sectors - from, 200)))];
      random.nextBytes(content);
      write(from * SECTOR, content);
    }
  }

  /** Keeps the current state as it is; returns its GUID. */
  String snapshot() {
    String kept = top;
    states.put(kept, guest.clone());
    newTop(kept);
    return kept;
  }

  /** The guest goes on from a snapshot; what it wrote since is kept as another branch. */
  void goBackTo(String snapshot) {
    states.put(top, guest);
    guest = states.get(snapshot).clone();
    newTop(snapshot);
  }

  String top() {
    return top;
  }

  byte[] guest() {
    return guest.clone();
  }

  /** What the guest saw, by the GUIDs of the snapshots. */
  Map<String, byte[]> snapshots() {
    return Map.copyOf(states);
  }

  int sectors() {
    return guest.length / SECTOR;
  }

  int parts() {
    return starts.length - 1;
  }

  /** Layers of the current state. */
  int depth() {
    int depth = 0;
    for (String layer = top; !layer.equals(NO_PARENT); layer = layers.get(layer).parent()) {
      depth++;
    }
    return depth;
  }

  /** Names are as the product gives them. */
  String name(int part, String layer) {
    return "disk.hdd." + part + "." + layer + ".hds";
  }

  /** Storage files by their names. */
  Map<String, byte[]> files() {
    Map<String, byte[]> files = new HashMap<>();
    layers.forEach(
        (guid, layer) -> {
          for (int part = 0; part < layer.parts().size(); part++) {
            files.put(name(part, guid), layer.parts().get(part).file());
          }
        });
    return files;
  }

  /** The descriptor, whose elements stand in any order. */
  String descriptor() {
    List<String> storages = new ArrayList<>();
    for (int part = 0; part < parts(); part++) {
      List<String> images = new ArrayList<>();
      for (Map.Entry<String, Layer> layer : layers.entrySet()) {
        String type = layer.getValue().parts().get(part).type();
        images.add(DescriptorText.image(layer.getKey(), type, name(part, layer.getKey())));
      }
      Collections.shuffle(images, random);
      storages.add(
          DescriptorText.storage(starts[part], starts[part + 1], images.toArray(String[]::new)));
    }
    List<String> shots = new ArrayList<>();
    layers.forEach((guid, layer) -> shots.add(DescriptorText.shot(guid, layer.parent())));
    Collections.shuffle(storages, random);
    Collections.shuffle(shots, random);
    shots.add(random.nextInt(shots.size() + 1), "<TopGUID>" + top + "</TopGUID>");
    return DescriptorText.descriptor(sectors(), String.join("", storages), String.join("", shots));
  }
}
