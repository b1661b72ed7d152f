package io.diskimage.format.vhd;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

/**
 * A chain of disks that is written to from the bottom up: the files, and what the guest of the top
 * one sees by the history of writes alone.
 */
final class WrittenChain {
  /** Of sectors that no layer holds. */
  static final int NOBODY = -1;

  private static final int SECTOR = VhdLayer.SECTOR;

  private final Random random;
  private final List<String> paths = new ArrayList<>();
  private final Map<String, byte[]> raw = new LinkedHashMap<>();
  private final Map<String, VhdLayer> layers = new LinkedHashMap<>();
  private byte[] guest = {};
  private int[] owners = {};

  WrittenChain(Random random) {
    this.random = random;
  }

  /** Adds a layer on top, which sees what the one below is up to its own end. */
  WrittenChain add(String path, VhdLayer layer) {
    layers.put(path, layer);
    grow(path, layer.size());
    if (layer.isFixed()) {
      Arrays.fill(owners, 0);
    }
    return this;
  }

  /** The layer at the bottom is raw and random. */
  WrittenChain addRaw(String path, int size) {
    byte[] content = new byte[size];
    random.nextBytes(content);
    raw.put(path, content);
    grow(path, size);
    guest = content.clone();
    Arrays.fill(owners, 0);
    return this;
  }

  private void grow(String path, int size) {
    int before = owners.length;
    guest = Arrays.copyOf(guest, size);
    owners = Arrays.copyOf(owners, size / SECTOR);
    if (before < owners.length) {
      Arrays.fill(owners, before, owners.length, NOBODY);
    }
    paths.add(path);
  }

  /** Writes runs of up to 40 sectors anywhere to the top layer; some of them are zero. */
  WrittenChain write(int runs) {
    for (int i = 0; i < runs && owners.length > 0; i++) {
      int sector = random.nextInt(owners.length);
      int count = 1 + random.nextInt(Math.min(40, owners.length - sector));
      byte[] bytes = new byte[count * SECTOR];
      if (random.nextInt(3) > 0) {
        random.nextBytes(bytes);
      }
      write(sector, bytes);
    }
    return this;
  }

  /** Writes whole sectors to the top layer. */
  WrittenChain write(int sector, byte[] bytes) {
    top().write(sector * SECTOR, bytes);
    System.arraycopy(bytes, 0, guest, sector * SECTOR, bytes.length);
    Arrays.fill(owners, sector, sector + bytes.length / SECTOR, paths.size() - 1);
    return this;
  }

  VhdLayer top() {
    return layers.get(topPath());
  }

  String topPath() {
    return paths.get(paths.size() - 1);
  }

  /** The id that the next layer names; null of a raw image. */
  UUID topId() {
    return top() == null ? null : top().id();
  }

  int depth() {
    return paths.size() - 1;
  }

  /** What the guest of the top layer sees. */
  byte[] guest() {
    return guest.clone();
  }

  /** Depth of the layer that holds a sector, or {@link #NOBODY}. */
  int depthOf(int sector) {
    return owners[sector] == NOBODY ? NOBODY : depth() - owners[sector];
  }

  /** All files by path. */
  Map<String, byte[]> files() {
    Map<String, byte[]> files = new LinkedHashMap<>(raw);
    layers.forEach((path, layer) -> files.put(path, layer.file(random)));
    return files;
  }
}
