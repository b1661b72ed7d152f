package io.diskimage.format.qcow2;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.CountingImageInput;
import io.diskimage.format.FaultyImageInput;
import io.diskimage.format.ForwardingImageInput;
import io.diskimage.format.ImageInput;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckOptions;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.FindingKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** How much a check reads, and what it makes of bytes that it cannot read. */
class CheckReadsTest {
  private static final int CLUSTER = 1 << 16;

  private static Qcow2Bytes withData() {
    Qcow2Bytes bytes = Qcow2Bytes.v3(16, 4L << 30);
    byte[] content = new byte[CLUSTER];
    for (int i = 0; i < 20; i++) {
      bytes.store(i, content);
    }
    return bytes;
  }

  @Test
  void readsTheFirstFourKilobytesForTheHeaderAlone() throws IOException {
    byte[] file = withData().file();
    CountingImageInput input = new CountingImageInput(new BytesImageInput("a", file));

    CheckOracle.check(input, CheckOptions.of(CheckLevel.HEADER));

    assertThat(input.reads()).isEqualTo(1);
    assertThat(input.end()).isEqualTo(4096);
  }

  @Test
  void readsTablesAndNoData() throws IOException {
    Qcow2Bytes bytes = withData();
    byte[] file = bytes.file();
    CountingImageInput input = new CountingImageInput(new BytesImageInput("a", file));

    CheckOracle.check(input, CheckOptions.of(CheckLevel.METADATA));

    // Header, refcount table, L1 table, eight L2 tables, and what counts the clusters of the file.
    assertThat(input.bytesRead()).isLessThan(10 * CLUSTER + 4096 + 4096);
    assertThat(input.end()).isEqualTo(12 * CLUSTER);
  }

  @Test
  void readsNothingTwiceThatManyFieldsClaim() throws IOException {
    Qcow2Bytes bytes = Qcow2Bytes.v3(16, 0);
    // 65536 snapshots without a place for them: the table is what follows the header.
    bytes.patch().u32(60, 65536).u64(64, CLUSTER);
    CountingImageInput input = new CountingImageInput(bytes.input());

    CheckReport report = CheckOracle.check(input, CheckOptions.of(CheckLevel.METADATA));

    assertThat(CheckOracle.kinds(report))
        .containsEntry(FindingKind.QCOW2_SNAPSHOT_INCOMPLETE, 65536L);
    assertThat(input.bytesRead()).isLessThan(3L * bytes.file().length);
  }

  @Test
  void goesOnBehindATableThatCannotBeRead() throws IOException {
    Qcow2Bytes bytes = withData();
    int secondTable = 5 * CLUSTER;
    // In the last of eight tables, which lie side by side.
    bytes.patch().u64(11 * CLUSTER, 1L << 60 | 20L * CLUSTER);
    ImageInput input =
        new ForwardingImageInput(bytes.input()) {
          @Override
          public int read(long position, ByteBuffer target) throws IOException {
            if (position <= secondTable && position + target.remaining() > secondTable) {
              throw new IOException("bad sector");
            }
            return super.read(position, target);
          }
        };

    CheckReport report = CheckOracle.check(input, CheckOptions.of(CheckLevel.METADATA));

    assertThat(CheckOracle.kinds(report))
        .containsEntry(FindingKind.PART_UNREADABLE, 1L)
        .containsEntry(FindingKind.QCOW2_L2_RESERVED_BITS, 1L)
        .doesNotContainKey(FindingKind.QCOW2_LEAKED_CLUSTER);
  }

  @Test
  void endsInAReportWhateverReadsFail() throws IOException {
    byte[] file = withData().file();
    CheckOptions options = CheckOptions.of(CheckLevel.FULL);
    int failed = 0;
    for (int seed = 0; seed < 200; seed++) {
      FaultyImageInput input = new FaultyImageInput(new BytesImageInput("a", file), seed, 0.1);

      CheckReport report = CheckOracle.check(input, options);

      boolean complete = report.error() == null && report.counters().checkErrors() == 0;
      failed += complete ? 0 : 1;
      assertThat(CheckOracle.kinds(report).containsKey(FindingKind.QCOW2_LEAKED_CLUSTER))
          .as("leaks of seed %d, where no cluster has a count", seed)
          .isFalse();
    }
    assertThat(failed).isBetween(50, 199);
  }
}
