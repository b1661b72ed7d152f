package io.diskimage.format.qcow2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.diskimage.format.ImagePatch;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckOptions;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.FindingKind;
import io.diskimage.format.check.Verdict;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The clusters of the LUKS header (qcow2.md section 1.9); nothing is decrypted for a check. */
class EncryptionAreaTest {
  private static final int CLUSTER = 4096;
  private static final int AREA_CLUSTERS = 3;

  /** Header, refcount table, block, L1 table, one L2 table, and the area. */
  private static final int CLUSTERS = 5 + AREA_CLUSTERS;

  private static Qcow2Bytes image(long areaLength) {
    Qcow2Bytes image = Qcow2Bytes.v3(12, 1 << 20);
    int area = image.append(new byte[AREA_CLUSTERS * CLUSTER]);
    byte[] content = new byte[16];
    ImagePatch.bigEndian(content).u64(0, area).u64(8, areaLength);
    image
        .patch()
        .u32(32, Qcow2Header.CRYPT_LUKS)
        .bytes(Qcow2Bytes.EXTENSIONS_V3, Qcow2Bytes.extension(HeaderExtensions.ENCRYPTION, content))
        .u64(CLUSTER, 2 * CLUSTER);
    for (int i = 0; i < CLUSTERS; i++) {
      image.patch().u16(2 * CLUSTER + 2 * i, 1);
    }
    return image;
  }

  private static CheckReport check(Qcow2Bytes image) throws IOException {
    return CheckOracle.check(image.input(), CheckOptions.of(CheckLevel.METADATA));
  }

  @Test
  void countsTheClustersThatTheAreaTouches() throws IOException {
    assertThat(check(image(2 * CLUSTER + 1)).verdict()).isEqualTo(Verdict.CLEAN);
    assertThat(CheckOracle.kinds(check(image(2 * CLUSTER))))
        .containsOnly(entry(FindingKind.QCOW2_LEAKED_CLUSTER, 1L));
  }

  @Test
  void countsNothingOfAnAreaBehindTheEndOfTheFile() throws IOException {
    assertThat(CheckOracle.kinds(check(image(4 * CLUSTER))))
        .containsOnly(
            entry(FindingKind.QCOW2_REGION_BEHIND_EOF, 1L),
            entry(FindingKind.QCOW2_LEAKED_CLUSTER, 3L));
    // As QEMU does with a length that is negative as a signed number.
    assertThat(CheckOracle.kinds(check(image(-1))))
        .containsOnly(entry(FindingKind.QCOW2_LEAKED_CLUSTER, 3L));
  }
}
