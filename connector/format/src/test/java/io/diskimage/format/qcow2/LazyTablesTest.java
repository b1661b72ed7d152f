package io.diskimage.format.qcow2;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.CountingImageInput;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ImageInput;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Purpose;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** Tables are read when they are asked for, and then once. */
class LazyTablesTest {
  private static final long TIB = 1L << 40;
  private static final int CLUSTER = 65536;
  private static final long L2_TABLES = 4 * TIB / (8192L * CLUSTER);
  private static final long TABLE_BYTES = L2_TABLES * (8 + CLUSTER);

  /**
   * A disk of 4 TiB as {@code preallocation=metadata} makes it: every table is there, every cluster
   * has its place. Computed as it is read: the tables alone take half a GiB.
   */
  private static final class Preallocated implements ImageInput {
    private static final long L1 = 3L * CLUSTER;
    private static final long FIRST_L2 = L1 + CLUSTER;
    private static final long FIRST_DATA = FIRST_L2 + L2_TABLES * CLUSTER;

    @Override
    public String location() {
      return "preallocated";
    }

    @Override
    public long length() {
      return FIRST_DATA + 4 * TIB;
    }

    @Override
    public long modificationTime() {
      return 0;
    }

    @Override
    public void requireUnchanged() {
      // Computed bytes never change.
    }

    @Override
    public int read(long position, ByteBuffer target) {
      int count = target.remaining();
      while (target.remaining() >= 8) {
        target.putLong(word(position));
        position += 8;
      }
      return count;
    }

    private static long word(long at) {
      if (at < CLUSTER) {
        return at < 112 ? HEADER.getLong((int) at) : 0;
      }
      if (at >= L1 && at < L1 + 8 * L2_TABLES) {
        return Qcow2Bytes.COPIED | FIRST_L2 + (at - L1) / 8 * CLUSTER;
      }
      if (at >= FIRST_L2 && at < FIRST_DATA) {
        return Qcow2Bytes.COPIED | FIRST_DATA + (at - FIRST_L2) / 8 * CLUSTER;
      }
      return 0;
    }

    private static final ByteBuffer HEADER = header();

    private static ByteBuffer header() {
      byte[] header = new byte[112];
      ImagePatch.bigEndian(header)
          .u32(0, Qcow2Header.MAGIC)
          .u32(4, 3)
          .u32(20, 16)
          .u64(24, 4 * TIB)
          .u32(36, L2_TABLES)
          .u64(40, L1)
          .u64(48, CLUSTER)
          .u32(56, 1)
          .u32(96, 4)
          .u32(100, 112);
      return ByteBuffer.wrap(header);
    }

    @Override
    public void close() {
      // Nothing is held open.
    }
  }

  @Test
  void openingReadsTheHeaderOnly() throws IOException {
    CountingImageInput input = new CountingImageInput(new Preallocated());
    try (DiskImage image = Qcow2Bytes.open(input, Purpose.READ)) {
      assertThat(image.virtualSize()).isEqualTo(4 * TIB);
      assertThat(input.bytesRead()).isLessThanOrEqualTo(CLUSTER);
      assertThat(input.reads()).isEqualTo(1);
    }
  }

  @Test
  void aRangeReadsItsOwnTables() throws IOException {
    CountingImageInput input = new CountingImageInput(new Preallocated());
    try (DiskImage image = Qcow2Bytes.open(input, Purpose.READ)) {
      long opened = input.bytesRead();
      IoCounters io = new IoCounters();
      for (int again = 0; again < 2; again++) {
        ExtentCursor runs = image.extents(2 * TIB, 2 * TIB + (1 << 30), io);
        while (runs.next()) {
          assertThat(runs.failure()).isNull();
          assertThat(runs.length()).isEqualTo(8192L * CLUSTER);
        }
        // The L1 table, and two L2 tables of 512 MiB each.
        assertThat(input.bytesRead() - opened).isEqualTo(8 * L2_TABLES + 2 * CLUSTER);
        assertThat(io.metadataBytes()).isEqualTo(input.bytesRead() - opened);
      }
    }
  }

  @Test
  void countingAllReadsEachTableOnce() throws IOException {
    CountingImageInput input = new CountingImageInput(new Preallocated());
    try (DiskImage image = Qcow2Bytes.open(input, Purpose.READ)) {
      assertThat(image.allocation(new IoCounters()).total()).isEqualTo(4 * TIB);
      assertThat(input.bytesRead()).isLessThan(TABLE_BYTES + TABLE_BYTES / 100);
    }
  }
}
