package io.diskimage.format.bundle;

import io.diskimage.format.ImagePatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A storage file in the making: the layer of one part of a disk (parallels.md section 1). */
final class HdsFile {
  private static final int SECTOR = 512;

  private final byte[] plain;
  private final int sectors;
  private final int tracks;
  private final boolean extended;
  private final int[] table;
  private final List<byte[]> clusters = new ArrayList<>();

  private HdsFile(byte[] plain, int sectors, int tracks, boolean extended) {
    this.plain = plain;
    this.sectors = sectors;
    this.tracks = tracks;
    this.extended = extended;
    this.table = new int[(sectors + tracks - 1) / tracks];
    Arrays.fill(table, -1);
  }

  static HdsFile plain(int sectors) {
    return new HdsFile(new byte[sectors * SECTOR], sectors, 1, false);
  }

  /**
   * An expanding file.
   *
   * @param tracks sectors of a cluster
   * @param extended version 2, whose table counts in clusters
   */
  static HdsFile compressed(int sectors, int tracks, boolean extended) {
    return new HdsFile(null, sectors, tracks, extended);
  }

  String type() {
    return plain == null ? "Compressed" : "Plain";
  }

  int sectors() {
    return sectors;
  }

  /**
   * A request of the guest.
   *
   * @param before what the guest saw of the part until now
   */
  void write(int offset, byte[] content, byte[] before) {
    if (plain != null) {
      System.arraycopy(content, 0, plain, offset, content.length);
      return;
    }
    int cluster = tracks * SECTOR;
    int done = 0;
    while (done < content.length) {
      int at = offset + done;
      int index = at / cluster;
      int length = Math.min(content.length - done, (index + 1) * cluster - at);
      if (table[index] < 0) {
        int from = index * cluster;
        // The rest of the cluster comes from below (parallels-bundle.md section 4).
        byte[] copied = Arrays.copyOfRange(before, from, Math.min(before.length, from + cluster));
        table[index] = clusters.size();
        clusters.add(Arrays.copyOf(copied, cluster));
      }
      System.arraycopy(content, done, clusters.get(table[index]), at % cluster, length);
      done += length;
    }
  }

  byte[] file() {
    if (plain != null) {
      return plain.clone();
    }
    int least = (64 + 4 * table.length + SECTOR - 1) / SECTOR;
    int dataOff = extended ? (least + tracks - 1) / tracks * tracks : least;
    byte[] file = new byte[(dataOff + clusters.size() * tracks) * SECTOR];
    ImagePatch patch =
        ImagePatch.littleEndian(file)
            .text(0, extended ? "WithouFreSpacExt" : "WithoutFreeSpace")
            .u32(16, 2)
            .u32(20, 16)
            .u32(24, sectors / 512)
            .u32(28, tracks)
            .u32(32, table.length)
            .u64(36, sectors)
            .u32(48, dataOff);
    for (int i = 0; i < table.length; i++) {
      int sector = dataOff + table[i] * tracks;
      patch.u32(64 + 4 * i, table[i] < 0 ? 0 : extended ? sector / tracks : sector);
    }
    for (int i = 0; i < clusters.size(); i++) {
      patch.bytes((dataOff + i * tracks) * SECTOR, clusters.get(i));
    }
    return file;
  }
}
