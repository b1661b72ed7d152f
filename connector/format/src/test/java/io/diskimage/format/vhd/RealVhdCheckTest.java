package io.diskimage.format.vhd;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.FindingKind;
import io.diskimage.format.check.Verdict;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images that other tools made, as they are and with damage of the kinds that befall files. */
class RealVhdCheckTest {
  private static final String WIN8 = "vhd/win8-dynamic-40M.vhd";
  private static final String CHILD = "vhd/win10-differencing-child-of-win8.vhd";
  private static final String CHILD_WITH_DATA = "vhd/win10-differencing-fat-no-parent.vhd.gz";
  private static final String XEN = "vhd/xapi-dynamic-40M.vhd";

  private static byte[] resource(String name) throws IOException {
    try (InputStream stored =
        Objects.requireNonNull(
            RealVhdCheckTest.class.getResourceAsStream("/real-images/" + name), name)) {
      return name.endsWith(".gz")
          ? new GZIPInputStream(stored).readAllBytes()
          : stored.readAllBytes();
    }
  }

  private static CheckReport check(byte[] file) throws IOException {
    return VhdChecks.check(file, CheckLevel.FULL);
  }

  private static byte[] changed(String name, int at, int... values) throws IOException {
    byte[] file = resource(name);
    for (int i = 0; i < values.length; i++) {
      file[at + i] = (byte) values[i];
    }
    return file;
  }

  /** The end is that of the last block or table, however far behind it Windows puts the footer. */
  @ParameterizedTest
  @CsvSource({
    "vhd/vbox-dynamic-40M.vhd, 20, 0, 2560",
    "vhd/win8-dynamic-40M.vhd, 20, 0, 2560",
    "vhd/win81-dynamic-1G.vhd, 512, 0, 4096",
    "vhd/win10-differencing-child-of-win8.vhd, 20, 0, 78336",
    "vhd/win10-differencing-fat-no-parent.vhd.gz, 2, 1, 2179584",
    "vhd/xapi-dynamic-40M.vhd, 20, 0, 3584"
  })
  void whatOtherToolsMakeIsSound(String name, long total, long allocated, long end)
      throws IOException {
    CheckReport report = check(resource(name));
    assertThat(report.findings()).isEmpty();
    assertThat(report.verdict()).isEqualTo(Verdict.CLEAN);
    assertThat(report.counters().totalClusters()).isEqualTo(total);
    assertThat(report.counters().allocatedClusters()).isEqualTo(allocated);
    assertThat(report.counters().imageEndOffset()).isEqualTo(end);
  }

  @Test
  void wrongChecksums() throws IOException {
    CheckReport report = check(resource("hostile/dfvfs-image-bad-checksum.vhd.gz"));
    assertThat(VhdChecks.kinds(report))
        .containsExactly(
            FindingKind.VHD_FOOTER_CHECKSUM,
            FindingKind.VHD_FOOTER_CHECKSUM,
            FindingKind.VHD_NOT_AZURE_READY);
    assertThat(report.counters().allocatedClusters()).isEqualTo(1);
  }

  @Test
  void wrongChecksumsOfADifferencingDisk() throws IOException {
    CheckReport report = check(resource("hostile/dfvfs-image-differential-bad-checksum.vhd.gz"));
    assertThat(VhdChecks.kinds(report))
        .containsExactly(
            FindingKind.VHD_FOOTER_CHECKSUM,
            FindingKind.VHD_FOOTER_CHECKSUM,
            FindingKind.VHD_NOT_AZURE_READY,
            FindingKind.VHD_HEADER_CHECKSUM);
  }

  @Test
  void anOriginalSizeThatIsNotTheCurrentOne() throws IOException {
    CheckReport report = check(resource("hostile/original-size-mismatch.vhd"));
    assertThat(report.verdict()).isEqualTo(Verdict.CLEAN);
    assertThat(VhdChecks.kinds(report))
        .containsExactly(FindingKind.VHD_ORIGINAL_SIZE, FindingKind.VHD_NOT_AZURE_READY);
    assertThat(report.findings().get(0).expected()).isEqualTo("2123776");
    assertThat(report.findings().get(0).actual()).isEqualTo("1061888");
  }

  @ParameterizedTest
  @ValueSource(strings = {WIN8, CHILD, CHILD_WITH_DATA, XEN, "vhd/vbox-dynamic-40M.vhd"})
  void aFooterCutOffOrOverwritten(String name) throws IOException {
    byte[] file = resource(name);
    assertThat(VhdChecks.kinds(check(Arrays.copyOf(file, file.length - 512))))
        .containsExactly(FindingKind.VHD_TAIL_FOOTER_MISSING);
    assertThat(VhdChecks.kinds(check(changed(name, 0, 0, 0, 0, 0))))
        .containsExactly(FindingKind.VHD_HEAD_FOOTER_MISSING);
    assertThat(VhdChecks.kinds(check(changed(name, 28, 'q'))))
        .containsExactly(FindingKind.VHD_FOOTER_CHECKSUM);
    assertThat(VhdChecks.kinds(check(changed(name, 512 + 760, 1))))
        .contains(FindingKind.VHD_HEADER_CHECKSUM);
  }

  /** vhd.md section 5: where QEMU puts a new block in files of others. */
  @Test
  void blocksThatQemuPutOverMetadata() throws IOException {
    int unit = 512 + (2 << 20);
    byte[] child = Arrays.copyOf(resource(CHILD), 12288 + unit + 512);
    System.arraycopy(child, 0, child, 12288 + unit, 512);
    child[8192] = 0;
    child[8193] = 0;
    child[8194] = 0;
    child[8195] = 12288 / 512;
    assertThat(VhdChecks.kinds(check(child))).containsExactly(FindingKind.VHD_BLOCK_IN_METADATA);
  }

  @Test
  void aBlockOfAFileThatWasCut() throws IOException {
    byte[] file = resource(CHILD_WITH_DATA);
    assertThat(VhdChecks.kinds(check(Arrays.copyOf(file, 1 << 20))))
        .containsExactly(FindingKind.VHD_TAIL_FOOTER_MISSING, FindingKind.VHD_BLOCK_CUT);
    assertThat(VhdChecks.kinds(check(Arrays.copyOf(file, 80 << 10))))
        .containsExactly(FindingKind.VHD_TAIL_FOOTER_MISSING, FindingKind.VHD_BLOCK_BEHIND_EOF);
  }

  @Test
  void entriesThatPointToOnePlace() throws IOException {
    assertThat(VhdChecks.kinds(check(changed(CHILD_WITH_DATA, 8196, 0, 0, 0, 0x9f))))
        .containsExactly(FindingKind.VHD_BLOCK_DUPLICATE);
  }

  @Test
  void aBlockThatNobodyNames() throws IOException {
    CheckReport report = check(changed(CHILD_WITH_DATA, 8192, 255, 255, 255, 255));
    assertThat(VhdChecks.kinds(report)).containsExactly(FindingKind.VHD_TAIL_LEAK);
    assertThat(report.verdict()).isEqualTo(Verdict.LEAKS);
  }

  @Test
  void anEmptyBitmap() throws IOException {
    assertThat(VhdChecks.kinds(check(changed(CHILD_WITH_DATA, 0x9f * 512, new int[512]))))
        .containsExactly(FindingKind.VHD_BITMAP_EMPTY);
  }

  @Test
  void aBatmapThatWasOverwritten() throws IOException {
    assertThat(VhdChecks.kinds(check(changed(XEN, 2048, 0))))
        .containsExactly(FindingKind.VHD_BATMAP);
    // 0x80 in the map, and the sum of that.
    byte[] full = changed(XEN, 2560, 0x80);
    full[2048 + 27] = 0x7f;
    assertThat(VhdChecks.kinds(check(full))).containsExactly(FindingKind.VHD_BATMAP_BIT);
  }
}
