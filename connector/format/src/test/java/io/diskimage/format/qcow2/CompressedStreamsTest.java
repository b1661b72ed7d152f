package io.diskimage.format.qcow2;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.ImageInput;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.IoCounters;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckOptions;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compressed clusters are decoded at the level FULL, and only there. */
class CompressedStreamsTest {
  private static final int CLUSTER = 1 << 16;

  private static List<Finding> undecodable(CheckReport report) {
    return report.findings().stream()
        .filter(finding -> finding.kind() == FindingKind.QCOW2_COMPRESSED_UNDECODABLE)
        .toList();
  }

  private static CheckReport check(Qcow2Bytes bytes, CheckLevel level) throws IOException {
    return CheckOracle.check(bytes.input(), CheckOptions.of(level));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void findsTheStreamThatIsDamaged(boolean zstd) throws IOException {
    Qcow2Bytes bytes = Qcow2Bytes.v3(16, 1 << 20);
    if (zstd) {
      bytes.zstd();
    }
    int damaged = 0;
    for (int i = 0; i < 8; i++) {
      byte[] content = ImagePatch.content(i, CLUSTER);
      byte[] half = new byte[CLUSTER];
      System.arraycopy(content, 0, half, 0, CLUSTER / 2);
      int at = bytes.storeStream(i, zstd ? Qcow2Bytes.zstd(half) : Qcow2Bytes.deflate(half), 100);
      damaged = i == 5 ? at : damaged;
    }
    assertThat(undecodable(check(bytes, CheckLevel.FULL))).isEmpty();
    bytes.patch().u64(damaged, -1);

    assertThat(undecodable(check(bytes, CheckLevel.METADATA))).isEmpty();
    List<Finding> found = undecodable(check(bytes, CheckLevel.FULL));

    assertThat(found).hasSize(1);
    assertThat(found.get(0).guestOffset()).isEqualTo(5 * CLUSTER);
    assertThat(found.get(0).guestLength()).isEqualTo(CLUSTER);
    assertThat(found.get(0).hostOffset()).isEqualTo(bytes.l2At(5));
    assertThat(found.get(0).part()).isEqualTo("beyond-qemu/compressed");
  }

  /** Reading ahead of each of them would read most of the file for each. */
  @Test
  void streamsInDescendingOrderAreReadOnce() throws IOException {
    Qcow2Bytes bytes = Qcow2Bytes.v3(16, 1 << 20);
    for (int i = 15; i >= 0; i--) {
      bytes.storeStream(i, Qcow2Bytes.deflate(ImagePatch.content(i, CLUSTER)), 0);
    }
    IoCounters io = new IoCounters();
    ImageInput input = bytes.input();
    CheckOptions options =
        CheckOptions.of(CheckLevel.FULL).withOpen(OpenOptions.of(Purpose.CHECK).withIo(io));

    assertThat(undecodable(CheckOracle.check(input, options))).isEmpty();

    // Once to decode, once as every byte of the file is read.
    assertThat(io.dataBytes()).isGreaterThan(input.length()).isLessThan(2 * input.length());
  }

  @Test
  void findsAStreamBehindTheEndOfTheFile() throws IOException {
    Qcow2Bytes bytes = Qcow2Bytes.v3(16, 1 << 20);
    bytes.map(2, bytes.descriptor(1 << 30, 3000));

    assertThat(undecodable(check(bytes, CheckLevel.FULL))).hasSize(1);
  }
}
