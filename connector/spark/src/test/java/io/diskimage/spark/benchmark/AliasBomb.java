package io.diskimage.spark.benchmark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A qcow2 file of 384 KiB that claims 1 TiB: each of 2,048 L1 entries refers to one L2 table, each
 * of its 8,192 entries to one cluster (layout by qcow2.md section 1).
 */
final class AliasBomb {
  private static final int CLUSTER = 1 << 16;
  private static final int L1_ENTRIES = 2048;
  private static final int REFCOUNT_TABLE = CLUSTER;
  private static final int REFCOUNT_BLOCK = 2 * CLUSTER;
  private static final int L1 = 3 * CLUSTER;
  private static final int L2 = 4 * CLUSTER;
  private static final int CONTENT = 5 * CLUSTER;
  private static final int CLUSTERS = 6;

  private AliasBomb() {}

  static Path make(Path directory) throws IOException {
    ByteBuffer image = ByteBuffer.allocate(CLUSTERS * CLUSTER);
    image
        .putInt(0, 0x514649fb)
        .putInt(4, 3)
        .putInt(20, 16)
        .putLong(24, (long) L1_ENTRIES * (CLUSTER / 8) * CLUSTER)
        .putInt(36, L1_ENTRIES)
        .putLong(40, L1)
        .putLong(48, REFCOUNT_TABLE)
        .putInt(56, 1)
        .putInt(96, 4)
        .putInt(100, 104)
        .putLong(REFCOUNT_TABLE, REFCOUNT_BLOCK);
    for (int cluster = 0; cluster < CLUSTERS; cluster++) {
      image.putShort(REFCOUNT_BLOCK + 2 * cluster, (short) 1);
    }
    for (int entry = 0; entry < L1_ENTRIES; entry++) {
      image.putLong(L1 + 8 * entry, L2);
    }
    for (int entry = 0; entry < CLUSTER / 8; entry++) {
      image.putLong(L2 + 8 * entry, CONTENT);
    }
    return Files.write(directory.resolve("alias-bomb.qcow2"), image.array());
  }
}
