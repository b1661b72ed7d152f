package io.diskimage.format.vhd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.CountingImageInput;
import io.diskimage.format.FaultyImageInput;
import io.diskimage.format.ImageInput;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Limits;
import io.diskimage.format.NotAnImageException;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.check.CheckCounters;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckOptions;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import io.diskimage.format.check.PartReport;
import io.diskimage.format.check.Verdict;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a report of a VHD says besides the kinds of its findings. */
class VhdCheckReportTest {
  private static final int NONE = VhdBytes.NONE;
  private static final int BLOCK = VhdBytes.BLOCK;
  private static final int UNIT = 512 + BLOCK;
  private static final int FIRST = VhdBytes.FIRST_BITMAP_AT;

  private static byte[] disk(int... table) {
    return VhdBytes.full(VhdBytes.dynamic(VhdBytes.DYNAMIC, (long) table.length * BLOCK, table));
  }

  private static CheckReport check(byte[] file) throws IOException {
    return VhdChecks.check(file, CheckLevel.METADATA);
  }

  private static Finding only(CheckReport report, FindingKind kind) {
    return report.findings().stream().filter(one -> one.kind() == kind).findFirst().orElseThrow();
  }

  @Test
  void countsBlocks() throws IOException {
    // Block 3 does not follow block 2, 5 follows 4, 6 follows nobody.
    CheckCounters counters = check(disk(NONE, NONE, 2, 0, 3, 4, NONE, 1)).counters();
    assertThat(counters.totalClusters()).isEqualTo(8);
    assertThat(counters.allocatedClusters()).isEqualTo(5);
    assertThat(counters.fragmentedClusters()).isEqualTo(2);
    assertThat(counters.compressedClusters()).isZero();
    assertThat(counters.imageEndOffset()).isEqualTo(FIRST + 5L * UNIT + 512);
  }

  @Test
  void aFixedDiskHasNoBlocksToCount() throws IOException {
    CheckCounters counters = check(VhdBytes.fixed(1 << 20)).counters();
    assertThat(counters.totalClusters()).isNull();
    assertThat(counters.imageEndOffset()).isEqualTo((1 << 20) + 512);
  }

  @Test
  void namesTheEntryOfADuplicate() throws IOException {
    CheckReport report = check(disk(0, 1, 0, NONE));
    assertThat(report.verdict()).isEqualTo(Verdict.CORRUPT);
    assertThat(report.counters().corruptions()).isEqualTo(1);
    Finding duplicate = only(report, FindingKind.VHD_BLOCK_DUPLICATE);
    assertThat(duplicate.hostOffset()).isEqualTo(VhdBytes.TABLE_AT + 8);
    assertThat(duplicate.hostLength()).isEqualTo(4);
    assertThat(duplicate.guestOffset()).isEqualTo(2 * BLOCK);
    assertThat(duplicate.guestLength()).isEqualTo(BLOCK);
    assertThat(duplicate.actual()).isEqualTo("8");
    assertThat(duplicate.part()).isEqualTo("blocks");
  }

  @Test
  void aRunOfEqualEntriesIsOneFinding() throws IOException {
    CheckReport report = check(disk(0, 0, 0, 0));
    assertThat(report.findings())
        .filteredOn(one -> one.kind() == FindingKind.VHD_BLOCK_DUPLICATE)
        .extracting(Finding::guestOffset, Finding::guestLength, Finding::count)
        .containsExactly(tuple((long) BLOCK, 3L * BLOCK, 3L));
    assertThat(report.counters().corruptions()).isEqualTo(3);
  }

  @Test
  void countsHolesInBlocks() throws IOException {
    byte[] file = disk(0, 1, 2, 3, 4);
    ImagePatch.bigEndian(file).u32(VhdBytes.TABLE_AT + 4, NONE).u32(VhdBytes.TABLE_AT + 8, NONE);
    CheckReport report = check(file);
    assertThat(report.verdict()).isEqualTo(Verdict.LEAKS);
    assertThat(report.counters().leaks()).isEqualTo(2);
    assertThat(report.reclaimableBytes()).isEqualTo(2 * UNIT);
    Finding hole = only(report, FindingKind.VHD_HOLE);
    assertThat(hole.hostOffset()).isEqualTo(FIRST + UNIT);
    assertThat(hole.hostLength()).isEqualTo(2 * UNIT);
  }

  @Test
  void countsTheTailInBlocks() throws IOException {
    byte[] file = disk(0, 1, 2, 3);
    ImagePatch.bigEndian(file).u32(VhdBytes.TABLE_AT + 8, NONE).u32(VhdBytes.TABLE_AT + 12, NONE);
    CheckReport report = check(file);
    assertThat(report.counters().leaks()).isEqualTo(2);
    assertThat(report.counters().imageEndOffset()).isEqualTo(FIRST + 2L * UNIT + 512);
    assertThat(only(report, FindingKind.VHD_TAIL_LEAK).hostOffset()).isEqualTo(FIRST + 2 * UNIT);
  }

  @Test
  void countsWhatFollowsAFixedDiskInUnitsOf2MiB() throws IOException {
    byte[] footer = VhdBytes.footer(VhdBytes.FIXED, "win ", 1 << 20);
    byte[] file = Arrays.copyOf(new byte[0], (1 << 20) + (2 << 20) + 512 + 512);
    ImagePatch.bigEndian(file).bytes(file.length - 512, footer);
    CheckReport report = check(file);
    assertThat(report.counters().leaks()).isEqualTo(2);
    assertThat(report.reclaimableBytes()).isEqualTo((2 << 20) + 512);
  }

  @Test
  void goesByTheTailWhenTheHeadIsDamaged() throws IOException {
    byte[] file = disk(0, 1, 0, NONE);
    ImagePatch.bigEndian(file).u64(48, 1L << 40).u64(16, 77777);
    CheckReport report = check(file);
    assertThat(VhdChecks.kinds(report))
        .containsExactly(
            FindingKind.VHD_FOOTER_CHECKSUM,
            FindingKind.VHD_NOT_AZURE_READY,
            FindingKind.VHD_BLOCK_DUPLICATE);
    assertThat(report.counters().totalClusters()).isEqualTo(4);
  }

  @Test
  void goesByTheFieldsWhenNoCopyIsValid() throws IOException {
    byte[] file = disk(0, 1, 0, NONE);
    ImagePatch.bigEndian(file).u32(64, 0).u32(file.length - 512 + 64, 0);
    assertThat(VhdChecks.kinds(check(file)))
        .contains(FindingKind.VHD_FOOTER_CHECKSUM, FindingKind.VHD_BLOCK_DUPLICATE);
  }

  @Test
  void findsTheDynamicHeaderWhereTheOtherCopySays() throws IOException {
    byte[] file = disk(0, 1, 0, NONE);
    byte[] moved = new byte[file.length + 1024];
    // Header and table stand where they stood in the file; the header is behind the last block.
    System.arraycopy(file, 0, moved, 0, file.length - 512);
    System.arraycopy(file, 512, moved, file.length - 512, 1024);
    System.arraycopy(file, file.length - 512, moved, moved.length - 512, 512);
    ImagePatch.bigEndian(moved)
        .bytes(512, new byte[1024])
        .u64(16, file.length - 1024)
        .u64(moved.length - 512 + 16, file.length - 512);
    moved[64] ^= 1;
    VhdBytes.signTail(moved);
    CheckReport report = check(moved);
    assertThat(VhdChecks.kinds(report))
        .containsExactly(
            FindingKind.VHD_FOOTER_CHECKSUM,
            FindingKind.VHD_NOT_AZURE_READY,
            FindingKind.VHD_BLOCK_DUPLICATE);
  }

  @Test
  void findsTheDynamicHeaderAtItsUsualPlace() throws IOException {
    byte[] file = disk(0, 1, 0, NONE);
    for (int footer : new int[] {0, file.length - 512}) {
      ImagePatch.bigEndian(file).u64(footer + 16, 2560);
    }
    VhdBytes.sign(file);
    VhdBytes.signTail(file);
    assertThat(VhdChecks.kinds(check(file)))
        .contains(FindingKind.VHD_HEADER_COOKIE, FindingKind.VHD_BLOCK_DUPLICATE);
  }

  @Test
  void aTableThatTheFileCannotHoldIsCheckedForTheDisksBlocks() throws IOException {
    byte[] file = disk(0, 1, 0, NONE);
    ImagePatch.bigEndian(file).u32(512 + 28, 0x7fffffff);
    VhdBytes.sign(file);
    CheckReport report = check(file);
    assertThat(VhdChecks.kinds(report))
        .containsExactly(
            FindingKind.VHD_NOT_AZURE_READY,
            FindingKind.VHD_TABLE_TOO_LARGE,
            FindingKind.VHD_TABLE_POSITION,
            FindingKind.VHD_BLOCK_DUPLICATE);
    assertThat(report.counters().allocatedClusters()).isEqualTo(3);
  }

  @Test
  void theSizeRuleDecidesHowManyBlocksThereAre() throws IOException {
    byte[] file = disk(0, 1, 2, NONE);
    for (int footer : new int[] {0, file.length - 512}) {
      ImagePatch.bigEndian(file).u64(footer + 40, 2 * BLOCK);
    }
    VhdBytes.sign(file);
    VhdBytes.signTail(file);
    OpenOptions open =
        OpenOptions.of(Purpose.CHECK).withFormatOptions(Map.of("vhdSize", "original"));
    CheckReport report = VhdChecks.check(file, CheckOptions.of(CheckLevel.METADATA).withOpen(open));
    assertThat(report.counters().totalClusters()).isEqualTo(2);
    assertThat(VhdChecks.kinds(report)).contains(FindingKind.VHD_ENTRY_BEHIND_DISK);
  }

  @Test
  void aTimestampMayBeUpToADayAhead() throws IOException {
    assertThat(withTimestamp(Duration.ofHours(23))).doesNotContain(FindingKind.VHD_TIMESTAMP);
    assertThat(withTimestamp(Duration.ofHours(25))).contains(FindingKind.VHD_TIMESTAMP);
  }

  private static List<FindingKind> withTimestamp(Duration ahead) throws IOException {
    byte[] file = VhdBytes.fixed(1 << 20);
    long since2000 = Instant.now().plus(ahead).getEpochSecond() - 946_684_800L;
    ImagePatch.bigEndian(file).u32((1 << 20) + 24, since2000);
    VhdBytes.signTail(file);
    return VhdChecks.kinds(check(file));
  }

  @Test
  void onlyAFileWithoutAnyFooterIsNoImage() throws IOException {
    for (int length : new int[] {0, 1, 511, 512, 513, 4096}) {
      CheckReport report = check(new byte[length]);
      assertThat(report.error()).isInstanceOf(NotAnImageException.class);
      assertThat(report.counters()).isNull();
    }
    byte[] start = Arrays.copyOf(disk(0, 1, 2, NONE), 512);
    for (int length : new int[] {8, 64, 511, 512, 513, 1024, 1536, 1600}) {
      CheckReport report = check(Arrays.copyOf(start, length));
      assertThat(report.error()).as("length " + length).isNull();
      assertThat(report.verdict()).isEqualTo(Verdict.CORRUPT);
    }
  }

  @Test
  void theHeaderLevelReadsHeadersOnly() throws IOException {
    CountingImageInput input = new CountingImageInput(new BytesImageInput("x", disk(0, 1, 0, 1)));
    CheckReport report = VhdChecks.check(input, CheckOptions.of(CheckLevel.HEADER));
    assertThat(input.reads()).isEqualTo(3);
    assertThat(input.bytesRead()).isEqualTo(512 + 512 + 1024);
    assertThat(VhdChecks.kinds(report)).containsExactly(FindingKind.VHD_NOT_AZURE_READY);
    assertThat(report.counters().totalClusters()).isNull();
  }

  @Test
  void aSmallTableIsReadOnceAndNoBitmap() throws IOException {
    IoCounters io = new IoCounters();
    CountingImageInput input = new CountingImageInput(new BytesImageInput("x", disk(2, 1, 0, 1)));
    OpenOptions open = OpenOptions.of(Purpose.CHECK).withIo(io);
    VhdChecks.check(input, CheckOptions.of(CheckLevel.METADATA).withOpen(open));
    // Two footers, dynamic header, table.
    assertThat(input.reads()).isEqualTo(4);
    assertThat(io.reads()).isEqualTo(input.reads());
    assertThat(io.metadataBytes()).isEqualTo(input.bytesRead());
    assertThat(io.dataBytes()).isZero();
  }

  /** 1000 blocks of 4 KiB: their bitmaps lie closer together than a read is worth. */
  @Test
  void bitmapsOfSmallBlocksAreReadTogether() throws IOException {
    int blocks = 1000;
    int unit = 512 + 4096;
    byte[] file = new byte[8192 + blocks * unit + 512];
    byte[] template = disk(new int[blocks]);
    System.arraycopy(template, 0, file, 0, 1536 + 4 * blocks);
    byte[] footer = VhdBytes.footer(VhdBytes.DYNAMIC, "win ", blocks * 4096L);
    ImagePatch patch = ImagePatch.bigEndian(file).bytes(0, footer).bytes(file.length - 512, footer);
    patch.u32(512 + 32, 4096);
    for (int i = 0; i < blocks; i++) {
      patch.u32(1536 + 4 * i, (8192 + i * unit) / 512).u8(8192 + i * unit, 0xff);
    }
    VhdBytes.sign(file);
    VhdBytes.signTail(file);
    CountingImageInput input = new CountingImageInput(new BytesImageInput("x", file));
    CheckReport report = VhdChecks.check(input, CheckOptions.of(CheckLevel.FULL));
    assertThat(VhdChecks.kinds(report)).containsExactly(FindingKind.VHD_NOT_AZURE_READY);
    // Headers and table, bitmaps, and the whole file in pieces of 4 MiB.
    assertThat(input.reads()).isLessThan(4 + 10 + 2);
  }

  @Test
  void aFailingReadIsAFindingAndHidesNoOther() throws IOException {
    byte[] file = disk(0, 1, 0, NONE);
    int unreadable = 0;
    for (long seed = 0; seed < 300; seed++) {
      CheckReport report =
          VhdChecks.check(
              new FaultyImageInput(new BytesImageInput("x", file), seed, 0.2),
              CheckOptions.of(CheckLevel.FULL));
      if (report.error() != null) {
        assertThat(report.error()).as("seed " + seed).hasMessageContaining("injected");
      } else if (errors(report.root())) {
        unreadable++;
        assertThat(report.counters().checkErrors()).as("seed " + seed).isPositive();
      }
    }
    assertThat(unreadable).isPositive();
  }

  /** A table of several pages: what the unreadable one holds is not taken for free space. */
  @Test
  void anUnreadablePageOfTheTableIsNotTakenForEmpty() throws IOException {
    // Two footers, the header, three pages for each of two parts.
    for (int failing = 2; failing < 9; failing++) {
      CheckReport report = VhdChecks.check(pages(failing, -1), metadata());
      assertThat(report.error()).as("read " + failing).isNull();
      assertThat(VhdChecks.kinds(report))
          .as("read " + failing)
          .containsOnly(FindingKind.PART_UNREADABLE);
    }
  }

  @Test
  void aTableThatGrowsUnderTheCheckMakesItUnstable() throws IOException {
    // Two footers, header, three pages of the table; then a page has more blocks than were counted.
    CheckReport report = VhdChecks.check(pages(-1, 6), metadata());
    assertThat(report.verdict()).isEqualTo(Verdict.UNSTABLE);
  }

  private static CheckOptions metadata() {
    return CheckOptions.of(CheckLevel.METADATA)
        .withOpen(
            OpenOptions.of(Purpose.CHECK)
                .withLimits(Limits.DEFAULT.withTables(4096, 8192).withTextBytes(4096)));
  }

  /**
   * A disk whose table has three pages of 4 KiB, with a block in the last one.
   *
   * @param failing number of the read that fails
   * @param changing number of the read before which another block gets an entry
   */
  private static ImageInput pages(int failing, int changing) {
    int entries = 3 * 1024;
    byte[] file = new byte[16384 + 2 * UNIT + 512];
    System.arraycopy(disk(new int[entries]), 0, file, 0, 1536);
    ImagePatch patch = ImagePatch.bigEndian(file);
    for (int i = 0; i < entries; i++) {
      patch.u32(1536 + 4 * i, NONE);
    }
    patch
        .u32(1536 + 4 * 3000, 16384 / 512)
        .u32(1536 + 4 * 3001, (16384 + UNIT) / 512)
        .u8(16384, 0xff)
        .u8(16384 + UNIT, 0xff)
        .bytes(file.length - 512, Arrays.copyOf(file, 512));
    return new ScriptedInput(file, failing, changing);
  }

  private static boolean errors(PartReport part) {
    return part.error() != null || part.parts().stream().anyMatch(VhdCheckReportTest::errors);
  }
}
