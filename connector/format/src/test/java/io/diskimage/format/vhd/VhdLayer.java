package io.diskimage.format.vhd;

import io.diskimage.format.ImagePatch;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Composes one layer of a chain by vhd.md sections 1 and 9 out of what was written to it: blocks in
 * any order on the disk, each with the bitmap of the sectors that were written.
 */
final class VhdLayer {
  static final int SECTOR = 512;

  private static final UUID NO_ID = new UUID(0, 0);
  private static final int HEADER_AT = 512;
  private static final int LOCATORS_AT = HEADER_AT + 576;
  private static final int NAME_AT = HEADER_AT + 64;

  private final int type;
  private final int size;
  private final int blockSize;
  private final Map<Integer, Block> blocks = new TreeMap<>();
  private final List<Locator> locators = new ArrayList<>();
  private byte[] whole = {};
  private UUID id = NO_ID;
  private UUID parentId = NO_ID;
  private byte[] parentName = {};
  private String creator = "win ";
  private int creatorVersion = 0x000a0000;
  private boolean scattered;
  private Random stale;

  private static final class Block {
    private final byte[] data;
    private final BitSet written = new BitSet();

    Block(int size) {
      this.data = new byte[size];
    }
  }

  private record Locator(String code, String path) {
    byte[] text() {
      boolean wide = code.startsWith("W2");
      return path.getBytes(wide ? StandardCharsets.UTF_16LE : StandardCharsets.UTF_8);
    }
  }

  /** Host offsets: of the table, of locators' texts by slot, of bitmaps by block, of the end. */
  private record Layout(
      int tableAt, List<Integer> locators, Map<Integer, Integer> bitmaps, int end) {}

  /**
   * An empty disk.
   *
   * @param type of {@link VhdBytes}
   * @param size in bytes, whole sectors
   * @param blockSize a power of two from 4096 on
   */
  VhdLayer(int type, int size, int blockSize) {
    this.type = type;
    this.size = size;
    this.blockSize = blockSize;
    if (type == VhdBytes.FIXED) {
      whole = new byte[size];
    }
  }

  VhdLayer id(UUID own) {
    id = own;
    return this;
  }

  /** Null for a raw parent. */
  VhdLayer parentId(UUID parent) {
    parentId = parent == null ? NO_ID : parent;
    return this;
  }

  VhdLayer parentName(String name) {
    return parentName(name.getBytes(StandardCharsets.UTF_16BE));
  }

  VhdLayer parentName(byte[] field) {
    parentName = field.clone();
    return this;
  }

  /** The next slot holds a path. */
  VhdLayer locator(String code, String path) {
    locators.add(new Locator(code, path));
    return this;
  }

  /** Made by a version of XenServer's tools, 0x00000001 for the first. */
  VhdLayer byXen(int version) {
    creator = "tap\0";
    creatorVersion = version;
    return this;
  }

  /** Blocks lie in an order of their own and with gaps, and the block table behind a locator. */
  VhdLayer scattered() {
    scattered = true;
    return this;
  }

  /** Sectors that were not written hold bytes that mean nothing. */
  VhdLayer stale(Random bytes) {
    stale = bytes;
    return this;
  }

  /** In which the name of the parent is written (vhd.md section 9.3). */
  Charset nameCharset() {
    return isByFirstXen() ? StandardCharsets.UTF_16LE : StandardCharsets.UTF_16BE;
  }

  private boolean isByFirstXen() {
    return creator.equals("tap\0") && creatorVersion == 1;
  }

  UUID id() {
    return id;
  }

  boolean isFixed() {
    return type == VhdBytes.FIXED;
  }

  int size() {
    return size;
  }

  /** Writes whole sectors. */
  VhdLayer write(int at, byte[] bytes) {
    if (type == VhdBytes.FIXED) {
      System.arraycopy(bytes, 0, whole, at, bytes.length);
      return this;
    }
    for (int done = 0; done < bytes.length; done += SECTOR) {
      Block block = block((at + done) / blockSize);
      int inBlock = (at + done) % blockSize;
      System.arraycopy(bytes, done, block.data, inBlock, SECTOR);
      block.written.set(inBlock / SECTOR);
    }
    return this;
  }

  /** Gives a block its place without writing to it. */
  VhdLayer allocate(int index) {
    block(index);
    return this;
  }

  private Block block(int index) {
    return blocks.computeIfAbsent(
        index,
        fresh -> {
          Block block = new Block(blockSize);
          if (stale != null) {
            stale.nextBytes(block.data);
          }
          return block;
        });
  }

  /** Whether a sector of the disk was written; of a fixed disk all are. */
  boolean holds(int sector) {
    if (type == VhdBytes.FIXED) {
      return true;
    }
    Block block = blocks.get(sector / (blockSize / SECTOR));
    return block != null && block.written.get(sector % (blockSize / SECTOR));
  }

  int storedBlocks() {
    return blocks.size();
  }

  /**
   * The file.
   *
   * @param random places the blocks
   */
  byte[] file(Random random) {
    if (type == VhdBytes.FIXED) {
      byte[] file = Arrays.copyOf(whole, size + SECTOR);
      ImagePatch.bigEndian(file).bytes(size, footer());
      return file;
    }
    Layout layout = layout(random);
    byte[] file = new byte[layout.end + SECTOR];
    ImagePatch patch = ImagePatch.bigEndian(file);
    patch
        .bytes(0, footer())
        .bytes(layout.end, footer())
        .text(HEADER_AT, "cxsparse")
        .u64(HEADER_AT + 8, -1)
        .u64(HEADER_AT + 16, layout.tableAt)
        .u32(HEADER_AT + 24, 0x10000)
        .u32(HEADER_AT + 28, entries())
        .u32(HEADER_AT + 32, blockSize)
        .u64(HEADER_AT + 40, parentId.getMostSignificantBits())
        .u64(HEADER_AT + 48, parentId.getLeastSignificantBits())
        .bytes(NAME_AT, parentName);
    for (int slot = 0; slot < locators.size(); slot++) {
      put(patch, slot, layout.locators.get(slot));
    }
    Arrays.fill(file, layout.tableAt, layout.tableAt + up(4 * entries()), (byte) 0xff);
    layout.bitmaps.forEach(
        (index, at) -> {
          Block block = blocks.get(index);
          patch
              .u32(layout.tableAt + 4 * index, at / SECTOR)
              .bytes(at, bitmap(block.written))
              .bytes(at + bitmapBytes(), block.data);
        });
    VhdBytes.sign(file);
    return file;
  }

  private void put(ImagePatch patch, int slot, int at) {
    byte[] text = locators.get(slot).text();
    int entry = LOCATORS_AT + 24 * slot;
    patch
        .text(entry, locators.get(slot).code)
        .u32(entry + 4, up(text.length))
        .u32(entry + 8, text.length)
        .u64(entry + 16, at)
        .bytes(at, text);
  }

  private Layout layout(Random random) {
    int end = HEADER_AT + 1024;
    List<Integer> texts = new ArrayList<>();
    int before = scattered ? Math.min(1, locators.size()) : 0;
    end = place(locators.subList(0, before), end, texts);
    int tableAt = end;
    end = place(locators.subList(before, locators.size()), end + up(4 * entries()), texts);
    List<Integer> order = new ArrayList<>(blocks.keySet());
    if (scattered) {
      Collections.shuffle(order, random);
    }
    Map<Integer, Integer> bitmaps = new TreeMap<>();
    for (int index : order) {
      end += scattered ? SECTOR * random.nextInt(8) : 0;
      bitmaps.put(index, end);
      end += bitmapBytes() + blockSize;
    }
    return new Layout(tableAt, texts, bitmaps, end);
  }

  private static int place(List<Locator> texts, int from, List<Integer> places) {
    int end = from;
    for (Locator each : texts) {
      places.add(end);
      end += up(each.text().length);
    }
    return end;
  }

  private int entries() {
    return (size + blockSize - 1) / blockSize;
  }

  private byte[] footer() {
    byte[] footer = VhdBytes.footer(type, creator, size);
    ImagePatch.bigEndian(footer)
        .u32(32, creatorVersion)
        .u64(68, id.getMostSignificantBits())
        .u64(76, id.getLeastSignificantBits());
    VhdBytes.signTail(footer);
    return footer;
  }

  private int bitmapBytes() {
    return up(blockSize / 4096);
  }

  private byte[] bitmap(BitSet written) {
    boolean lowBitFirst = isByFirstXen();
    byte[] bitmap = new byte[bitmapBytes()];
    // Padding means nothing.
    Arrays.fill(bitmap, blockSize / 4096, bitmap.length, (byte) 0xff);
    for (int sector = 0; sector < blockSize / SECTOR; sector++) {
      if (written.get(sector)) {
        bitmap[sector / 8] |= (byte) (lowBitFirst ? 1 << sector % 8 : 0x80 >> sector % 8);
      }
    }
    return bitmap;
  }

  private static int up(int bytes) {
    return (bytes + SECTOR - 1) / SECTOR * SECTOR;
  }
}
