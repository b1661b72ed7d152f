package io.diskimage.format.qcow2;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.ImagePatch;
import io.diskimage.format.SmallHeap;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Headers that claim as much as the format allows, opened with little memory. */
class LargestClaimsTest {
  private static final int MAX_MILLIS = 1000;
  private static final long LARGEST_SIZE = (4L << 20) << 39;

  @TempDir private Path directory;

  private Path write(String name, byte[] start, long length) throws IOException {
    Path path = directory.resolve(name);
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.write(start);
      file.setLength(length);
    }
    return path;
  }

  /** Every field at its limit. */
  private static byte[] maximum(long tables) {
    byte[] header = new byte[4096];
    ImagePatch.bigEndian(header)
        .u32(0, Qcow2Header.MAGIC)
        .u32(4, 3)
        .u32(20, 21)
        .u64(24, LARGEST_SIZE)
        .u32(36, 4 << 20)
        .u64(40, tables)
        .u64(48, tables)
        .u32(56, 4)
        .u32(60, 65536)
        .u64(64, tables)
        .u32(96, 6)
        .u32(100, 1 << 21);
    return header;
  }

  @Test
  void givesATypedErrorWithinASecond() throws IOException, InterruptedException {
    byte[] ones = new byte[1 << 20];
    Arrays.fill(ones, (byte) 0xff);
    ImagePatch.bigEndian(ones).u32(0, Qcow2Header.MAGIC).u32(4, 3);
    Path everyBit = write("every-bit", ones, ones.length);
    Path behindTheEnd = write("behind-the-end", maximum(1L << 60), 4096);

    List<SmallHeap.Result> results = SmallHeap.open("qcow2", List.of(everyBit, behindTheEnd));

    assertThat(results).extracting(SmallHeap.Result::millis).allMatch(took -> took < MAX_MILLIS);
    assertThat(results)
        .extracting(SmallHeap.Result::outcome)
        .containsExactly("CorruptImageException", "TruncatedImageException");
    assertThat(results.get(0).message())
        .isEqualTo(everyBit + ": Unsupported cluster size: 2^4294967295 (host offset 20)");
    assertThat(results.get(1).message())
        .isEqualTo(
            behindTheEnd + ": Active L1 table lies behind the end of the file (host offset 40)");
  }

  @Test
  void opensTablesOfTheLargestSizeThatAreThere() throws IOException, InterruptedException {
    long tables = 2L << 21;
    Path sparse = write("sparse", maximum(tables), tables + (96L << 20));

    List<SmallHeap.Result> results = SmallHeap.open("qcow2", List.of(sparse));

    assertThat(results).extracting(SmallHeap.Result::outcome).containsExactly("opened");
  }

  @Test
  void oneL2TableUnderEveryL1EntryIsCountedInBoundedHeap()
      throws IOException, InterruptedException {
    // 4 MiB of L1 table, all of it the same entry, over one L2 table with one cluster.
    int clusterBits = 12;
    int entries = 512 << 10;
    byte[] file = new byte[(4 << 20) + 3 * 4096];
    ImagePatch patch =
        ImagePatch.bigEndian(file)
            .u32(0, Qcow2Header.MAGIC)
            .u32(4, 2)
            .u32(20, clusterBits)
            .u64(24, (long) entries << (2 * clusterBits - 3))
            .u32(36, entries)
            .u64(40, 3 * 4096)
            .u32(56, 1);
    for (int i = 0; i < entries; i++) {
      patch.u64(3 * 4096 + 8 * i, 4096);
    }
    patch.u64(4096, 8192);
    Path bomb = write("bomb", file, file.length);

    List<SmallHeap.Result> results = SmallHeap.open("qcow2", List.of(bomb));

    assertThat(results).extracting(SmallHeap.Result::outcome).containsExactly("opened");
  }
}
