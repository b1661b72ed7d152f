package io.diskimage.format.vhd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.diskimage.format.ImagePatch;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import java.io.IOException;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** XenServer's additions to the format: vhd.md section 9.3. */
class BatmapCheckTest {
  private static final int NONE = VhdBytes.NONE;
  private static final int BATMAP_AT = 2048;
  private static final int BLOCK = VhdBytes.BLOCK;
  private static final int VERSION = 0x10003;

  private static byte[] disk() {
    int[] table = {0, NONE, 1, NONE, NONE, NONE, NONE, NONE};
    return VhdBytes.full(VhdBytes.dynamic(VhdBytes.DYNAMIC, 8 * BLOCK, table));
  }

  private static CheckReport check(byte[] file, CheckLevel level) throws IOException {
    return VhdChecks.check(file, level);
  }

  private static CheckReport damaged(Consumer<ImagePatch> change) throws IOException {
    byte[] file = VhdBytes.withBatmap(disk(), VERSION, 0x80);
    change.accept(ImagePatch.bigEndian(file));
    return check(file, CheckLevel.METADATA);
  }

  private static void assertKinds(CheckReport report, FindingKind... kinds) {
    assertThat(VhdChecks.kinds(report))
        .filteredOn(kind -> kind != FindingKind.VHD_NOT_AZURE_READY)
        .containsExactly(kinds);
  }

  @ParameterizedTest
  @ValueSource(ints = {0x10001, 0x10002, VERSION})
  void aBatmapOfFullBlocksIsSound(int version) throws IOException {
    assertKinds(check(VhdBytes.withBatmap(disk(), version, 0xa0), CheckLevel.FULL));
  }

  @Test
  void theFirstVersionsSumIsOfSignedBytes() throws IOException {
    byte[] file = VhdBytes.withBatmap(disk(), 0x10001, 0x80);
    ImagePatch.bigEndian(file).u32(BATMAP_AT + 24, ~0x80);
    assertKinds(check(file, CheckLevel.METADATA), FindingKind.VHD_BATMAP);
  }

  @Test
  void findsADamagedHeader() throws IOException {
    assertKinds(damaged(at -> at.u8(BATMAP_AT, 0)), FindingKind.VHD_BATMAP);
    assertKinds(damaged(at -> at.u64(BATMAP_AT + 8, 1 << 20)), FindingKind.VHD_BATMAP);
    assertKinds(damaged(at -> at.u64(BATMAP_AT + 8, -512)), FindingKind.VHD_BATMAP);
    assertKinds(damaged(at -> at.u32(BATMAP_AT + 16, 0)), FindingKind.VHD_BATMAP);
    assertKinds(damaged(at -> at.u32(BATMAP_AT + 16, -1)), FindingKind.VHD_BATMAP);
    assertKinds(damaged(at -> at.u32(BATMAP_AT + 24, 0)), FindingKind.VHD_BATMAP);
  }

  @Test
  void olderVersionsNeedNone() throws IOException {
    for (int version : new int[] {0x10001, 1}) {
      byte[] file = VhdBytes.withBatmap(disk(), version, 0x80);
      ImagePatch.bigEndian(file).u8(BATMAP_AT, 0);
      assertKinds(check(file, CheckLevel.METADATA));
    }
  }

  @Test
  void findsBitsOfBlocksThatAreNotStored() throws IOException {
    CheckReport report = check(VhdBytes.withBatmap(disk(), VERSION, 0x98), CheckLevel.METADATA);
    assertThat(report.findings())
        .filteredOn(finding -> finding.kind() == FindingKind.VHD_BATMAP_BIT)
        .extracting(Finding::guestOffset, Finding::guestLength, Finding::count)
        .containsExactly(tuple(3L * BLOCK, 2L * BLOCK, 2L));
    assertThat(report.counters().corruptions()).isEqualTo(2);
  }

  @Test
  void findsBitsOfBlocksThatAreNotFull() throws IOException {
    byte[] file = VhdBytes.withBatmap(disk(), VERSION, 0xa0);
    ImagePatch.bigEndian(file).u8(VhdBytes.FIRST_BITMAP_AT + 15, 0xfe);
    CheckReport report = check(file, CheckLevel.METADATA);
    assertKinds(report, FindingKind.VHD_BATMAP_BIT);
    assertThat(report.findings())
        .filteredOn(finding -> finding.kind() == FindingKind.VHD_BATMAP_BIT)
        .extracting(Finding::hostOffset)
        .containsExactly((long) VhdBytes.FIRST_BITMAP_AT);
  }

  @Test
  void aBatmapWithAWrongSumIsNotGoneBy() throws IOException {
    assertKinds(
        damaged(at -> at.u8(BATMAP_AT + 512, 0xff).u8(VhdBytes.FIRST_BITMAP_AT, 0)),
        FindingKind.VHD_BATMAP);
  }

  @Test
  void aBlockOverTheBatmapIsFound() throws IOException {
    byte[] file = VhdBytes.withBatmap(disk(), VERSION, 0x80);
    ImagePatch.bigEndian(file).u64(BATMAP_AT + 8, VhdBytes.FIRST_BITMAP_AT + 600);
    assertThat(VhdChecks.kinds(check(file, CheckLevel.METADATA)))
        .contains(FindingKind.VHD_BLOCK_IN_METADATA);
  }

  /** The first version's bits go the other way: 0x01 is the first sector. */
  @Test
  void theFirstVersionBeginsWithTheLowestBit() throws IOException {
    byte[] file = disk();
    for (int footer : new int[] {0, file.length - 512}) {
      ImagePatch.bigEndian(file).text(footer + 28, "tap\0").u32(footer + 32, 1);
    }
    VhdBytes.sign(file);
    VhdBytes.signTail(file);
    int bitmap = VhdBytes.FIRST_BITMAP_AT;
    ImagePatch.bigEndian(file).u8(bitmap, 0xfe).bytes(bitmap + 512, new byte[512]);
    assertKinds(check(file, CheckLevel.FULL));
    ImagePatch.bigEndian(file).u8(bitmap, 0x7f);
    CheckReport report = check(file, CheckLevel.FULL);
    assertKinds(report, FindingKind.VHD_BITMAP_CLEAR_WITH_DATA);
    assertThat(report.findings().get(1).guestOffset()).isEqualTo(7 * 512);
  }
}
