package io.diskimage.format.vdi;

import io.diskimage.format.ImagePatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/**
 * A VDI in the making, as VirtualBox writes it, with or without a parent (vdi.md sections 1, 5 and
 * 9.4); it knows from the requests what its guest has to see. Parents are not written any more.
 */
public final class VdiLayer {
  private static final int SECTOR = 512;

  private final VdiLayer parent;
  private final int blockSize;
  private final int blockExtra;
  private final byte[] guest;
  private final int[] map;
  private final List<byte[]> blocks = new ArrayList<>();
  private final UUID id;
  private final UUID modification;

  private VdiLayer(VdiLayer parent, Random random, int diskSize, int blockSize, int blockExtra) {
    this.parent = parent;
    this.blockSize = blockSize;
    this.blockExtra = blockExtra;
    this.guest = parent == null ? new byte[diskSize] : Arrays.copyOf(parent.guest, diskSize);
    this.map = new int[(diskSize + blockSize - 1) / blockSize];
    Arrays.fill(map, VdiBytes.NONE);
    this.id = new UUID(random.nextLong(), random.nextLong());
    this.modification = new UUID(random.nextLong(), random.nextLong());
  }

  /** An empty disk. Sizes are bytes; the disk has whole sectors. */
  public static VdiLayer disk(Random random, int diskSize, int blockSize, int blockExtra) {
    return new VdiLayer(null, random, diskSize, blockSize, blockExtra);
  }

  /** A differencing image over this one; its disk may be longer or shorter. */
  public VdiLayer child(Random random, int diskSize, int childBlockSize, int childBlockExtra) {
    return new VdiLayer(this, random, diskSize, childBlockSize, childBlockExtra);
  }

  UUID id() {
    return id;
  }

  UUID modification() {
    return modification;
  }

  int diskSize() {
    return guest.length;
  }

  int blockSize() {
    return blockSize;
  }

  /** The block map. */
  int[] map() {
    return map.clone();
  }

  byte[] guest() {
    return guest.clone();
  }

  /** A request of the guest: sectors are overwritten. */
  void write(int offset, byte[] content) {
    int done = 0;
    while (done < content.length) {
      int at = offset + done;
      int block = at / blockSize;
      int length = Math.min(content.length - done, (block + 1) * blockSize - at);
      System.arraycopy(content, done, stored(block), at % blockSize, length);
      done += length;
    }
    System.arraycopy(content, 0, guest, offset, content.length);
  }

  /** A request of the guest: sectors become zero, by the map where it covers whole blocks. */
  void zero(int offset, int length) {
    int at = offset;
    int end = offset + length;
    while (at < end) {
      int block = at / blockSize;
      int next = Math.min(end, (block + 1) * blockSize);
      if (next - at == blockSize) {
        map[block] = VdiBytes.DISCARDED;
        Arrays.fill(guest, at, next, (byte) 0);
      } else {
        write(at, new byte[next - at]);
      }
      at = next;
    }
  }

  /** A few random requests, some of them for whole blocks. */
  public void write(Random random, int requests) {
    for (int i = 0; i < requests; i++) {
      boolean aligned = random.nextBoolean();
      int unit = aligned && blockSize <= guest.length ? blockSize : SECTOR;
      int from = random.nextInt(guest.length / unit) * unit;
      int most = Math.max(1, Math.min(guest.length - from, 3 * blockSize) / unit);
      int length = Math.min(guest.length - from, unit * (1 + random.nextInt(most)));
      if (random.nextInt(4) == 0) {
        zero(from, length);
      } else {
        byte[] content = new byte[length];
        random.nextBytes(content);
        write(from, content);
      }
    }
  }

  /** The stored block, after it was allocated if need be with what shows below it. */
  private byte[] stored(int block) {
    if (map[block] == VdiBytes.NONE || map[block] == VdiBytes.DISCARDED) {
      // What the guest sees is the parents' content under an entry never used, else zeros.
      byte[] content = new byte[blockSize];
      int from = block * blockSize;
      System.arraycopy(guest, from, content, 0, Math.min(blockSize, guest.length - from));
      map[block] = blocks.size();
      blocks.add(content);
    }
    return blocks.get(map[block]);
  }

  /** The file, of header 1.1 or 1.1 plus by the parity of its id. */
  public byte[] file() {
    int offsetBmap = 0x200;
    int offsetData = offsetBmap + (map.length * 4 + SECTOR - 1) / SECTOR * SECTOR;
    int stride = blockSize + blockExtra;
    byte[] file = new byte[offsetData + blocks.size() * stride];
    ImagePatch patch =
        ImagePatch.littleEndian(file)
            .text(0, "<<< Oracle VirtualBox Disk Image >>>\n")
            .u32(0x40, 0xbeda107fL)
            .u32(0x44, 0x10001)
            .u32(0x48, id.hashCode() % 2 == 0 ? 0x180 : 0x190)
            .u32(0x4c, parent == null ? 1 : 4)
            .u32(0x154, offsetBmap)
            .u32(0x158, offsetData)
            .u32(0x168, 512)
            .u64(0x170, guest.length)
            .u32(0x178, blockSize)
            .u32(0x17c, blockExtra)
            .u32(0x180, map.length)
            .u32(0x184, blocks.size())
            .u32(0x1d4, 512);
    uuid(patch, 0x188, id);
    uuid(patch, 0x198, modification);
    if (parent != null) {
      uuid(patch, 0x1a8, parent.id);
      uuid(patch, 0x1b8, parent.modification);
    }
    for (int i = 0; i < map.length; i++) {
      patch.u32(offsetBmap + 4 * i, map[i]);
    }
    for (int block = 0; block < blocks.size(); block++) {
      int at = offsetData + block * stride;
      // What the extra bytes hold is nobody's business.
      patch.bytes(at, ImagePatch.content(block, blockExtra));
      patch.bytes(at + blockExtra, blocks.get(block));
    }
    return file;
  }

  /** The layout of vdi.md section 1.2. */
  public static void uuid(ImagePatch patch, int at, UUID uuid) {
    long high = uuid.getMostSignificantBits();
    patch.u32(at, high >>> 32).u16(at + 4, (int) (high >>> 16)).u16(at + 6, (int) high);
    patch.u64(at + 8, Long.reverseBytes(uuid.getLeastSignificantBits()));
  }
}
