package io.diskimage.format.vdi;

import static io.diskimage.format.vdi.VdiBytes.DISCARDED;
import static io.diskimage.format.vdi.VdiBytes.DYNAMIC;
import static io.diskimage.format.vdi.VdiBytes.MIB;
import static io.diskimage.format.vdi.VdiBytes.NONE;
import static io.diskimage.format.vdi.VdiBytes.OFFSET_DATA;
import static io.diskimage.format.vdi.VdiBytes.STATIC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.ForwardingImageInput;
import io.diskimage.format.ImageInput;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckOptions;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import io.diskimage.format.check.ImageCheck;
import io.diskimage.format.check.Scope;
import io.diskimage.format.check.Verdict;
import io.diskimage.format.oracle.CheckAssertions;
import io.diskimage.format.oracle.QemuImg;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class VdiCheckTest {
  private static final int MAP = 0x200;
  private static final int ALLOCATED = 0x184;

  @TempDir private Path folder;

  /** Images, what is wrong with each, how often it counts, and the bytes it wastes. */
  static Stream<Arguments> damages() {
    int[] map = {1, NONE, 0, DISCARDED, 2};
    return Stream.of(
        damage("nothing", dynamic(map)),
        damage("a static image", VdiBytes.image(STATIC, 2 * MIB, 0, 1)),
        damage("a disk of no size", dynamic()),
        damage("nothing allocated", dynamic(NONE, DISCARDED)),
        damage(
            "numbers too large",
            patched(dynamic(map), at -> at.u32(MAP + 4, 5).u32(MAP + 12, 0xfffffffdL)),
            count(FindingKind.VDI_BLOCK_TOO_LARGE, 2)),
        damage(
            "numbers too large, but in the file",
            patched(
                dynamic(1, 2, NONE), at -> at.u64(0x170, 2 * MIB).u32(0x180, 2).u32(ALLOCATED, 1)),
            count(FindingKind.VDI_BLOCK_TOO_LARGE, 1),
            leak(FindingKind.VDI_UNUSED_BLOCK, 1, MIB)),
        damage(
            "shared blocks",
            patched(dynamic(map), at -> at.u32(MAP + 4, 1).u32(MAP + 12, 2).u32(ALLOCATED, 5)),
            count(FindingKind.VDI_DUPLICATE_BLOCK, 2)),
        damage(
            "a count too high",
            patched(dynamic(map), at -> at.u32(ALLOCATED, 4)),
            count(FindingKind.VDI_ALLOCATED_COUNT, 1)),
        damage(
            "a count too low",
            patched(dynamic(map), at -> at.u32(ALLOCATED, 0)),
            count(FindingKind.VDI_ALLOCATED_COUNT, 1)),
        damage(
            "a map in the header",
            patched(dynamic(NONE), at -> at.u32(0x154, 0)),
            count(FindingKind.VDI_BLOCK_TOO_LARGE, 1),
            count(FindingKind.VDI_REGIONS_OVERLAP, 1)),
        damage(
            "data in the header",
            patched(dynamic(NONE), at -> at.u32(0x158, 0)),
            count(FindingKind.VDI_REGIONS_OVERLAP, 2)),
        damage(
            "data in the map",
            patched(dynamic(NONE), at -> at.u32(0x158, 0x200)),
            count(FindingKind.VDI_REGIONS_OVERLAP, 1)),
        damage(
            "a map behind the end of the file",
            patched(dynamic(map), at -> at.u32(0x154, 4 * MIB).u32(0x158, 5 * MIB)),
            count(FindingKind.VDI_DUPLICATE_BLOCK, 4),
            count(FindingKind.VDI_ALLOCATED_COUNT, 1),
            count(FindingKind.VDI_MAP_BEHIND_EOF, 1),
            count(FindingKind.VDI_BLOCK_BEHIND_EOF, 5)),
        damage(
            "blocks behind the end of the file",
            Arrays.copyOf(dynamic(map), OFFSET_DATA + MIB),
            count(FindingKind.VDI_BLOCK_BEHIND_EOF, 2)),
        damage(
            "a last block cut short",
            Arrays.copyOf(dynamic(map), OFFSET_DATA + 3 * MIB - 512),
            count(FindingKind.VDI_LAST_BLOCK_SHORT, 1)),
        damage(
            "a block cut, one lost",
            Arrays.copyOf(dynamic(map), OFFSET_DATA + MIB + 512),
            count(FindingKind.VDI_BLOCK_BEHIND_EOF, 2)),
        damage(
            "a tail",
            Arrays.copyOf(dynamic(map), OFFSET_DATA + 4 * MIB + 1),
            leak(FindingKind.VDI_TAIL_LEAK, 2, MIB + 1)),
        damage(
            "blocks that nobody uses",
            dynamic(5, NONE, 2, NONE, NONE, NONE),
            leak(FindingKind.VDI_UNUSED_BLOCK, 4, 4 * MIB)),
        damage(
            "entries behind the disk",
            patched(dynamic(0, 1, 2, 1), at -> at.u64(0x170, 2 * MIB - 512).u32(ALLOCATED, 4)),
            count(FindingKind.VDI_DUPLICATE_BLOCK, 1),
            leak(FindingKind.VDI_ENTRY_BEHIND_DISK, 2, MIB)),
        damage(
            "a static image with permuted blocks",
            VdiBytes.image(STATIC, 4 * MIB, 0, 2, 1, 3),
            count(FindingKind.VDI_STATIC_NOT_LINEAR, 2)),
        damage(
            "a static image with a block missing",
            VdiBytes.image(STATIC, 3 * MIB, 0, NONE, 1),
            count(FindingKind.VDI_STATIC_NOT_LINEAR, 2),
            count(FindingKind.VDI_HEADER_CONTRADICTION, 1)),
        damage(
            "more blocks allocated than there are",
            patched(dynamic(map), at -> at.u32(ALLOCATED, 6)),
            count(FindingKind.VDI_ALLOCATED_COUNT, 1),
            count(FindingKind.VDI_HEADER_CONTRADICTION, 1)),
        damage(
            "a differencing image without parent",
            patched(dynamic(map), at -> at.u32(0x4c, 4)),
            count(FindingKind.VDI_HEADER_CONTRADICTION, 1)),
        damage(
            "fields that VirtualBox refuses",
            patched(
                dynamic(map), at -> at.u32(0x48, 0x191).u32(0x4c, 9).u32(0x50, 3).u32(0x1d4, 4096)),
            count(FindingKind.VDI_HEADER_FIELD, 3)),
        damage(
            "a header too short",
            patched(dynamic(map), at -> at.u32(0x48, 0x17f)),
            count(FindingKind.VDI_HEADER_FIELD, 1)),
        damage(
            "extra bytes in front of blocks",
            patched(dynamic(map), at -> at.u32(0x17c, 512)),
            count(FindingKind.VDI_HEADER_FIELD, 1),
            count(FindingKind.VDI_LAST_BLOCK_SHORT, 1)),
        damage(
            "null UUIDs",
            patched(dynamic(map), at -> at.bytes(0x188, new byte[32])),
            count(FindingKind.VDI_NULL_UUID, 2)));
  }

  private record Expected(FindingKind kind, long count, long reclaimable) {}

  private static Expected count(FindingKind kind, long count) {
    return new Expected(kind, count, 0);
  }

  private static Expected leak(FindingKind kind, long count, long reclaimable) {
    return new Expected(kind, count, reclaimable);
  }

  private static Arguments damage(String name, byte[] file, Expected... expected) {
    return Arguments.of(name, file, List.of(expected));
  }

  private static byte[] dynamic(int... map) {
    byte[] file = VdiBytes.image(DYNAMIC, (long) map.length * MIB, map);
    long allocated =
        Arrays.stream(map).filter(entry -> entry != NONE && entry != DISCARDED).count();
    return patched(file, at -> at.u32(ALLOCATED, allocated));
  }

  private static byte[] patched(byte[] file, Consumer<ImagePatch> change) {
    change.accept(ImagePatch.littleEndian(file));
    return file;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("damages")
  void findsDamageAndCountsAsQemuDoes(String name, byte[] file, List<Expected> expected)
      throws IOException {
    QemuImg.requireOrSkip();
    Path image = Files.write(folder.resolve("disk.vdi"), file);

    CheckReport report = CheckAssertions.assertSame("vdi", image);

    assertThat(sums(report)).containsExactlyInAnyOrderEntriesOf(sums(expected));
    assertThat(report.reclaimableBytes())
        .isEqualTo(expected.stream().mapToLong(Expected::reclaimable).sum());
    assertThat(Files.readAllBytes(image)).isEqualTo(file);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("damages")
  void aHeaderCheckFindsAllOfItsLevelAndReadsTheHeaderOnly(
      String name, byte[] file, List<Expected> expected) throws IOException {
    CheckOptions options = CheckOptions.of(CheckLevel.HEADER);
    CheckReport report = check(file, options);
    assertThat(sums(report))
        .containsExactlyInAnyOrderEntriesOf(
            sums(
                expected.stream()
                    .filter(each -> each.kind().level() == CheckLevel.HEADER)
                    .toList()));
    assertThat(options.open().io().metadataBytes()).isEqualTo(VdiHeader.BYTES);
  }

  private static Map<FindingKind, Long> sums(CheckReport report) {
    return report.findings().stream()
        .collect(Collectors.groupingBy(Finding::kind, Collectors.summingLong(Finding::count)));
  }

  private static Map<FindingKind, Long> sums(List<Expected> expected) {
    return expected.stream().collect(Collectors.toMap(Expected::kind, Expected::count));
  }

  private static CheckReport check(byte[] file, CheckOptions options) throws IOException {
    return ImageCheck.of(new VdiFormat(), new BytesImageInput("disk.vdi", file), options);
  }

  private static CheckReport check(byte[] file) throws IOException {
    return check(file, CheckOptions.of(CheckLevel.METADATA));
  }

  @Test
  void namesBothUsersOfASharedBlock() throws IOException {
    CheckReport report = check(dynamic(3, 0, 3, 1, 0));
    assertThat(report.findings())
        .filteredOn(finding -> finding.kind() == FindingKind.VDI_DUPLICATE_BLOCK)
        .extracting(
            Finding::message,
            Finding::guestOffset,
            Finding::guestLength,
            Finding::hostOffset,
            Finding::hostLength,
            Finding::actual)
        .containsExactly(
            tuple("block index 0 also used by 2", 2L * MIB, (long) MIB, MAP + 8L, 4L, "3"),
            tuple("block index 1 also used by 4", 4L * MIB, (long) MIB, MAP + 16L, 4L, "0"));
  }

  @Test
  void joinsEntriesThatShareOneBlock() throws IOException {
    CheckReport report = check(dynamic(7, 0, 0, 0, 0, 7));
    assertThat(report.findings())
        .filteredOn(finding -> finding.kind() == FindingKind.VDI_DUPLICATE_BLOCK)
        .extracting(Finding::message, Finding::count, Finding::guestOffset, Finding::guestLength)
        .containsExactly(tuple("block index 1 also used by 2", 3L, 2L * MIB, 3L * MIB));
  }

  @Test
  void partsTellWhatQemuLooksAtFromWhatItDoesNot() throws IOException {
    byte[] file = Arrays.copyOf(dynamic(1, 1, 9), OFFSET_DATA + 4 * MIB);
    CheckReport report = check(patched(file, at -> at.bytes(0x188, new byte[16])));
    assertThat(report.findings())
        .extracting(Finding::part, Finding::kind)
        .containsExactly(
            tuple("map", FindingKind.VDI_BLOCK_TOO_LARGE),
            tuple("map", FindingKind.VDI_DUPLICATE_BLOCK),
            tuple("map", FindingKind.VDI_ALLOCATED_COUNT),
            tuple("beyond-qemu/header", FindingKind.VDI_NULL_UUID),
            tuple("beyond-qemu/blocks", FindingKind.VDI_UNUSED_BLOCK),
            tuple("beyond-qemu/blocks", FindingKind.VDI_TAIL_LEAK));
    assertThat(report.findings())
        .allSatisfy(
            finding ->
                assertThat(finding.part().startsWith("beyond-qemu"))
                    .isEqualTo(finding.kind().scope() == Scope.BEYOND));
    assertThat(report.verdict()).isEqualTo(Verdict.CORRUPT);
  }

  @Test
  void aMapThatCannotBeReadDoesNotHideTheHeader() throws IOException {
    byte[] file = patched(dynamic(1, 1, 9), at -> at.bytes(0x188, new byte[16]));
    ImageInput input =
        new ForwardingImageInput(new BytesImageInput("disk.vdi", file)) {
          @Override
          public int read(long position, ByteBuffer target) throws IOException {
            if (position >= MAP) {
              throw new IOException("bad sector");
            }
            return super.read(position, target);
          }
        };
    CheckReport report =
        ImageCheck.of(new VdiFormat(), input, CheckOptions.of(CheckLevel.METADATA));
    assertThat(report.findings())
        .extracting(Finding::part, Finding::kind)
        .containsExactly(
            tuple("map", FindingKind.PART_UNREADABLE),
            tuple("beyond-qemu/header", FindingKind.VDI_NULL_UUID));
    assertThat(report.verdict()).isEqualTo(Verdict.UNREADABLE);
  }

  /** A map of 2 GiB of which the file has the first sector; the rest reads as block 0. */
  @Test
  void countsALargeMapThatTheFileDoesNotHave() throws IOException {
    byte[] file = new byte[0x400];
    System.arraycopy(dynamic(NONE), 0, file, 0, MAP + 4);
    patched(file, at -> at.u32(0x180, 0x1fffff80).u64(0x170, 512L << 40 >> 1));
    CheckReport report = check(file);
    assertThat(sums(report))
        .containsEntry(FindingKind.VDI_DUPLICATE_BLOCK, 0x1fffff80L - 2)
        .containsEntry(FindingKind.VDI_ALLOCATED_COUNT, 1L)
        .containsEntry(FindingKind.VDI_MAP_BEHIND_EOF, 1L)
        .containsEntry(FindingKind.VDI_BLOCK_BEHIND_EOF, 0x1fffff80L - 1);
    assertThat(report.findings()).hasSizeLessThan(10);
  }

  @Test
  void listsNoMoreThanItIsAskedFor() throws IOException {
    byte[] file = dynamic(2, 2, 1, 2, 1, 2, 2, 9, 8, 7);
    CheckOptions options = CheckOptions.of(CheckLevel.METADATA).withMaxFindings(2);
    CheckReport report = check(file, options);
    assertThat(report.findings())
        .filteredOn(finding -> finding.kind() == FindingKind.VDI_DUPLICATE_BLOCK)
        .extracting(Finding::message, Finding::count)
        .containsExactly(
            tuple("block index 0 also used by 1", 1L),
            tuple("block index 0 also used by 3", 1L),
            tuple("3 more of this kind, not listed beyond maxFindings = 2", 3L));
    assertThat(check(file, options.withMemoryBudget(1)).counters()).isEqualTo(report.counters());
  }

  @Test
  void refusesWhatQemuRefusesForTheSameReason() throws IOException {
    QemuImg.requireOrSkip();
    List<Consumer<ImagePatch>> refusals =
        List.of(
            at -> at.u32(0x40, 7),
            at -> at.u32(0x44, 2),
            at -> at.u32(0x154, 1),
            at -> at.u32(0x158, 1),
            at -> at.u32(0x168, 4096),
            at -> at.u32(0x178, 4096),
            at -> at.u64(0x170, -1),
            at -> at.u64(0x170, 3L * MIB),
            at -> at.u32(0x180, 0x1fffff81),
            at -> at.u32(0x1a8, 1).u32(0x180, 0x1fffff81),
            at -> at.u32(0x1b8, 1));
    for (Consumer<ImagePatch> refusal : refusals) {
      Path image = Files.write(folder.resolve("disk.vdi"), patched(dynamic(0, NONE), refusal));
      CheckReport report = CheckAssertions.assertSame("vdi", image);
      assertThat(report.error()).isNotNull();
      assertThat(report.counters()).isNull();
      assertThatThrownBy(() -> openForCheck(image))
          .hasSameClassAs(report.error())
          .hasMessage(report.error().getMessage());
    }
    Path empty = Files.write(folder.resolve("empty.vdi"), new byte[0]);
    assertThat(CheckAssertions.assertSame("vdi", empty).verdict()).isEqualTo(Verdict.UNREADABLE);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 0x7fffffffL, 0x80000000L, 0xfffffffdL, 0xffffffffL})
  void whateverAFieldSaysAReportComesOut(long value) throws IOException {
    byte[] original = dynamic(1, NONE, 0, DISCARDED, 2);
    for (int at = 0; at < MAP + 20; at++) {
      int place = at;
      byte[] file = patched(original.clone(), patch -> patch.u32(place, value));
      CheckReport report = check(file, CheckOptions.of(CheckLevel.METADATA).withMaxFindings(1));
      assertThat(report.findings()).as("at %d", at).hasSizeLessThan(20);
      assertThat(report.counters() == null).as("at %d", at).isEqualTo(report.error() != null);
    }
  }

  private static void openForCheck(Path image) throws IOException {
    try (LocalImageInput input = LocalImageInput.open(image)) {
      new VdiFormat().open(input, OpenOptions.of(Purpose.CHECK)).close();
    }
  }
}
