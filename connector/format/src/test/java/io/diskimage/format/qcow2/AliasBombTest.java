package io.diskimage.format.qcow2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.diskimage.format.AllocationSummary;
import io.diskimage.format.BytesImageInput;
import io.diskimage.format.CountingImageInput;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.IoCounters;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckOptions;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.FindingKind;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * A small image that claims a terabyte: every L1 entry names one L2 table, all of whose entries
 * name one cluster.
 */
class AliasBombTest {
  private static final int CLUSTER = 1 << 16;
  private static final int L1_ENTRIES = 2048;
  private static final int L2_ENTRIES = CLUSTER / 8;
  private static final long REFERENCES = (long) L1_ENTRIES * L2_ENTRIES;

  /** Clusters: header, refcount table, refcount block, L1 table, L2 table, data. */
  private static byte[] bomb() {
    byte[] file = new byte[6 * CLUSTER];
    ImagePatch patch =
        ImagePatch.bigEndian(file)
            .u32(0, Qcow2Header.MAGIC)
            .u32(4, 3)
            .u32(20, 16)
            .u64(24, REFERENCES * CLUSTER)
            .u32(36, L1_ENTRIES)
            .u64(40, 3 * CLUSTER)
            .u64(48, CLUSTER)
            .u32(56, 1)
            .u32(96, 4)
            .u32(100, 112)
            .u64(CLUSTER, 2 * CLUSTER);
    for (int cluster = 0; cluster < 6; cluster++) {
      patch.u16(2 * CLUSTER + 2 * cluster, 1);
    }
    for (int i = 0; i < L1_ENTRIES; i++) {
      patch.u64(3 * CLUSTER + 8 * i, MadeImage.COPIED | 4 * CLUSTER);
    }
    for (int i = 0; i < L2_ENTRIES; i++) {
      patch.u64(4 * CLUSTER + 8 * i, 5 * CLUSTER);
    }
    return file;
  }

  @Test
  void countsByMultiplicityAndReadsEachTableOnce() throws IOException {
    CountingImageInput input = new CountingImageInput(new BytesImageInput("bomb", bomb()));
    long start = System.nanoTime();

    CheckReport report = CheckOracle.check(input, CheckOptions.of(CheckLevel.METADATA));

    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    assertThat(CheckOracle.kinds(report))
        .containsOnly(
            // One reference too many for 65535, for each that is above it.
            entry(FindingKind.QCOW2_REFERENCE_OVERFLOW, REFERENCES - 65535),
            // The L2 table, and the data cluster.
            entry(FindingKind.QCOW2_REFCOUNT_TOO_LOW, 2L),
            entry(FindingKind.QCOW2_DATA_COPIED_FLAG, REFERENCES));
    assertThat(report.counters().corruptions()).isEqualTo(2 * REFERENCES - 65535 + 2);
    assertThat(report.counters().allocatedClusters()).isEqualTo(REFERENCES);
    assertThat(report.counters().fragmentedClusters())
        .isEqualTo((long) L1_ENTRIES * (L2_ENTRIES - 1));
    assertThat(report.findings()).hasSizeLessThan(100);
    // Refcounts are read before the walk, for the flags, and again behind it.
    assertThat(input.bytesRead()).isLessThan(6 * CLUSTER);
  }

  @Test
  void tellsItsAllocationFromOneWalkOfEachTable() throws IOException {
    CountingImageInput input = new CountingImageInput(new BytesImageInput("bomb", bomb()));
    try (DiskImage image = new Qcow2Format().open(input, OpenOptions.of(Purpose.READ))) {
      long start = System.nanoTime();

      AllocationSummary allocation = image.allocation(new IoCounters());

      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
      assertThat(allocation.total()).isEqualTo(REFERENCES * CLUSTER);
      assertThat(allocation.failure()).isNull();
    }
  }
}
