package io.diskimage.format.parallels;

import static io.diskimage.format.parallels.ParallelsBytes.CLUSTER;
import static io.diskimage.format.parallels.ParallelsBytes.NONE;
import static io.diskimage.format.parallels.ParallelsBytes.TRACKS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.UnsupportedImageException;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
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

class ParallelsCheckTest {
  private static final long C = CLUSTER;
  private static final int SECTORS = 4 * TRACKS;
  private static final int BAT = 64;
  private static final int IN_USE = 44;
  private static final int DATA_OFF = 48;
  private static final int FLAGS = 52;

  @TempDir private Path folder;

  /** What QEMU 7.2 counts otherwise than QEMU of today (parallels.md section 7.2). */
  private enum Since72 {
    /** The field was not checked. */
    DATA_OFFSET("corruptions"),
    /** Nor were duplicates. */
    DUPLICATES("corruptions"),
    /** An entry was outside only if it began behind the end of the file. */
    END_OF_CLUSTER("corruptions"),
    /** Nothing stood against entries in front of the data area. */
    CLUSTER_IN_METADATA("corruptions"),
    /** A header of several clusters counted as leak if nothing was allocated. */
    HEADER_AS_LEAK("leaks"),
    /** The extension was a leak. */
    EXTENSION_AS_LEAK("leaks"),
    /** The end was that of the highest entry, wherever it lay, or a cluster if there was none. */
    END_OFFSET("image-end-offset"),
    /** Entries outside were in the statistics. */
    ALLOCATED_OUTSIDE("allocated-clusters"),
    /** As above. */
    FRAGMENTED_OUTSIDE("fragmented-clusters");

    private final String counter;

    Since72(String counter) {
      this.counter = counter;
    }
  }

  /** A counter that is not what QEMU 7.2 says. */
  private record Difference(Since72 reason, long today, long before) {}

  private record Expected(FindingKind kind, long count, long reclaimable) {}

  private static Expected count(FindingKind kind, long count) {
    return new Expected(kind, count, 0);
  }

  private static Expected leak(FindingKind kind, long count, long reclaimable) {
    return new Expected(kind, count, reclaimable);
  }

  private static Difference differs(Since72 reason, long today, long before) {
    return new Difference(reason, today, before);
  }

  private static Arguments damage(
      String name, byte[] file, List<Expected> expected, Difference... differences) {
    return Arguments.of(name, file, expected, List.of(differences));
  }

  private static byte[] v1(int dataOff, int... table) {
    return ParallelsBytes.image(1, SECTORS, dataOff, table);
  }

  private static byte[] v2(int... table) {
    return ParallelsBytes.image(2, SECTORS, TRACKS, table);
  }

  private static byte[] patched(byte[] file, Consumer<ImagePatch> change) {
    change.accept(ImagePatch.littleEndian(file));
    return file;
  }

  private static byte[] mixed() {
    return v2(1, NONE, 0, 2);
  }

  /** An image of four stored clusters, the third of which no entry uses, and a bitmap. */
  private static byte[] withBitmap(long... table) {
    byte[] bitmap = ParallelsBytes.bitmap(SECTORS, 1, table.length);
    ImagePatch patch = ImagePatch.littleEndian(bitmap);
    for (int i = 0; i < table.length; i++) {
      patch.u64(24 + 32 + 8 * i, table[i]);
    }
    byte[] end = new byte[24];
    return ParallelsBytes.withExtension(v2(1, NONE, 0, 3), bitmap, end);
  }

  private static Stream<Arguments> clean() {
    return Stream.of(
        damage("version 2", mixed(), List.of()),
        damage("version 1", v1(0, 1, NONE, 0, 2), List.of()),
        damage("version 1 with a distant data area", v1(TRACKS, 1, NONE, 0, 2), List.of()),
        damage(
            "version 1 that does not say how distant",
            patched(v1(TRACKS, 1, NONE, 0, 2), at -> at.u32(DATA_OFF, 0)),
            List.of(),
            differs(Since72.END_OFFSET, 512 + 4 * C, 4 * C)),
        damage("nothing allocated", v2(NONE, NONE, NONE, NONE), List.of()),
        damage(
            "nothing allocated in version 1",
            v1(0, NONE, NONE, NONE, NONE),
            List.of(),
            differs(Since72.END_OFFSET, 512, C)),
        damage("no disk", ParallelsBytes.image(2, 0, TRACKS), List.of()),
        damage(
            "written by Parallels Desktop",
            patched(mixed(), at -> at.text(IN_USE, "pd17")),
            List.of()),
        damage(
            "closed by the specification",
            patched(mixed(), at -> at.text(IN_USE, "v2.1")),
            List.of()),
        damage(
            "a bitmap",
            withBitmap(3 * TRACKS),
            List.of(),
            differs(Since72.EXTENSION_AS_LEAK, 0, 1),
            differs(Since72.END_OFFSET, 6 * C, 5 * C)),
        damage(
            "a header of several clusters",
            manyEntries(),
            List.of(),
            differs(Since72.HEADER_AS_LEAK, 0, 1),
            differs(Since72.END_OFFSET, 2 * C, C)));
  }

  /** 64 bytes and 8100 entries of 4 bytes are more than a cluster. */
  private static byte[] manyEntries() {
    byte[] file = Arrays.copyOf(v2(NONE, NONE, NONE, NONE), 2 * CLUSTER);
    return patched(file, at -> at.u32(32, 8100).u32(DATA_OFF, 2 * TRACKS));
  }

  private static Stream<Arguments> countedByQemu() {
    return Stream.of(
        damage(
            "not closed",
            patched(mixed(), at -> at.u32(IN_USE, 0x746f6e59)),
            List.of(count(FindingKind.PARALLELS_UNCLEAN, 1))),
        damage(
            "a data area in the table",
            patched(mixed(), at -> at.u32(DATA_OFF, 1)),
            List.of(count(FindingKind.PARALLELS_DATA_OFFSET, 1)),
            differs(Since72.DATA_OFFSET, 1, 0)),
        damage(
            "no data area in version 2",
            patched(mixed(), at -> at.u32(DATA_OFF, 0)),
            List.of(count(FindingKind.PARALLELS_DATA_OFFSET, 1)),
            differs(Since72.DATA_OFFSET, 1, 0)),
        damage(
            "a data area behind the end of the file",
            patched(mixed(), at -> at.u32(DATA_OFF, 4 * TRACKS + 1)),
            List.of(count(FindingKind.PARALLELS_DATA_OFFSET, 1)),
            differs(Since72.DATA_OFFSET, 1, 0)),
        damage(
            "an entry behind the end of the file",
            patched(mixed(), at -> at.u32(BAT + 4, 40)),
            List.of(count(FindingKind.PARALLELS_CLUSTER_OUTSIDE, 1)),
            differs(Since72.END_OFFSET, 4 * C, 41 * C),
            differs(Since72.ALLOCATED_OUTSIDE, 3, 4),
            differs(Since72.FRAGMENTED_OUTSIDE, 1, 3)),
        damage(
            "an entry as high as can be",
            patched(mixed(), at -> at.u32(BAT + 4, 0xffffffffL)),
            List.of(count(FindingKind.PARALLELS_CLUSTER_OUTSIDE, 1)),
            differs(Since72.END_OFFSET, 4 * C, (1L << 32) * C),
            differs(Since72.ALLOCATED_OUTSIDE, 3, 4),
            differs(Since72.FRAGMENTED_OUTSIDE, 1, 3)),
        damage(
            "a last cluster that the file cuts",
            Arrays.copyOf(mixed(), 4 * CLUSTER - 512),
            List.of(count(FindingKind.PARALLELS_CLUSTER_OUTSIDE, 1)),
            differs(Since72.END_OF_CLUSTER, 1, 0)),
        damage(
            "a last cluster right behind the end of the file",
            Arrays.copyOf(mixed(), 3 * CLUSTER),
            List.of(count(FindingKind.PARALLELS_CLUSTER_OUTSIDE, 1)),
            differs(Since72.END_OF_CLUSTER, 1, 0),
            differs(Since72.END_OFFSET, 3 * C, 4 * C),
            differs(Since72.ALLOCATED_OUTSIDE, 2, 3),
            differs(Since72.FRAGMENTED_OUTSIDE, 0, 1)),
        damage(
            "a file that ends in its table",
            Arrays.copyOf(v2(0, 1, 2, NONE), BAT + 6),
            List.of(
                count(FindingKind.PARALLELS_DATA_OFFSET, 1),
                count(FindingKind.PARALLELS_CLUSTER_OUTSIDE, 2)),
            differs(Since72.DATA_OFFSET, 3, 2),
            differs(Since72.END_OFFSET, C, 3 * C),
            differs(Since72.ALLOCATED_OUTSIDE, 0, 2)),
        damage(
            "a tail",
            Arrays.copyOf(mixed(), 6 * CLUSTER + 1),
            List.of(leak(FindingKind.PARALLELS_TAIL_LEAK, 3, 2 * C + 1)),
            differs(Since72.END_OFFSET, 6 * C + 512, 4 * C)),
        damage(
            "a tail behind an extension",
            patched(Arrays.copyOf(withBitmap(3 * TRACKS), 7 * CLUSTER), at -> at.u32(IN_USE, 0)),
            List.of(leak(FindingKind.PARALLELS_TAIL_LEAK, 1, C)),
            differs(Since72.EXTENSION_AS_LEAK, 1, 2),
            differs(Since72.END_OFFSET, 7 * C, 5 * C)),
        damage(
            "shared clusters",
            patched(mixed(), at -> at.u32(BAT + 4, 1)),
            List.of(count(FindingKind.PARALLELS_DUPLICATE_CLUSTER, 1)),
            differs(Since72.DUPLICATES, 1, 0)),
        damage(
            "shared, but outside",
            patched(mixed(), at -> at.u32(BAT, 9).u32(BAT + 4, 9)),
            List.of(
                count(FindingKind.PARALLELS_CLUSTER_OUTSIDE, 2),
                leak(FindingKind.PARALLELS_UNUSED_CLUSTER, 1, C)),
            differs(Since72.END_OFFSET, 4 * C, 10 * C),
            differs(Since72.ALLOCATED_OUTSIDE, 2, 4),
            differs(Since72.FRAGMENTED_OUTSIDE, 1, 3)),
        damage(
            "entries in front of the data area",
            patched(v1(TRACKS, 1, NONE, 0, 2), at -> at.u32(BAT + 4, 5)),
            List.of(count(FindingKind.PARALLELS_CLUSTER_IN_METADATA, 1)),
            differs(Since72.CLUSTER_IN_METADATA, 1, 0)));
  }

  private static Stream<Arguments> beyondQemu() {
    return Stream.of(
        damage(
            "a cluster between two",
            patched(v1(TRACKS, 2, NONE, 0, NONE), at -> at.u32(BAT + 4, 127)),
            List.of(count(FindingKind.PARALLELS_CLUSTER_UNALIGNED, 1))),
        damage(
            "clusters between two where the first is not at the start",
            patched(
                Arrays.copyOf(v1(0, 3, NONE, 0, NONE), 193 * 512),
                at -> at.u32(BAT, 130).u32(BAT + 4, 65).u32(BAT + 8, 5)),
            List.of(count(FindingKind.PARALLELS_CLUSTER_UNALIGNED, 2)),
            differs(Since72.END_OFFSET, 253 * 512, 193 * 512)),
        damage(
            "clusters that nobody uses",
            v2(5, NONE, 2, NONE),
            List.of(leak(FindingKind.PARALLELS_UNUSED_CLUSTER, 4, 4 * C))),
        damage(
            "entries behind the disk",
            ParallelsBytes.image(2, TRACKS + 37, TRACKS, 0, 1, 2, 2),
            List.of(
                leak(FindingKind.PARALLELS_ENTRY_BEHIND_DISK, 2, C),
                count(FindingKind.PARALLELS_DUPLICATE_CLUSTER, 1)),
            differs(Since72.DUPLICATES, 1, 0)),
        damage(
            "a bitmap on a cluster in use",
            withBitmap(2 * TRACKS),
            List.of(
                count(FindingKind.PARALLELS_EXTENSION_SHARED, 1),
                leak(FindingKind.PARALLELS_UNUSED_CLUSTER, 1, C)),
            differs(Since72.EXTENSION_AS_LEAK, 0, 1),
            differs(Since72.END_OFFSET, 6 * C, 5 * C)),
        damage(
            "a bitmap on the extension",
            withBitmap(5 * TRACKS),
            List.of(
                count(FindingKind.PARALLELS_EXTENSION_SHARED, 1),
                leak(FindingKind.PARALLELS_UNUSED_CLUSTER, 1, C)),
            differs(Since72.EXTENSION_AS_LEAK, 0, 1),
            differs(Since72.END_OFFSET, 6 * C, 5 * C)),
        damage(
            "a bitmap on the table",
            withBitmap(2),
            List.of(
                count(FindingKind.PARALLELS_EXTENSION_SHARED, 1),
                leak(FindingKind.PARALLELS_UNUSED_CLUSTER, 1, C)),
            differs(Since72.EXTENSION_AS_LEAK, 0, 1),
            differs(Since72.END_OFFSET, 6 * C, 5 * C)),
        damage(
            "an extension that begins in front of the data area and ends in it",
            patched(
                ParallelsBytes.withExtension(v2(NONE, NONE, NONE, NONE), new byte[24]),
                at -> at.u32(DATA_OFF, TRACKS + 1)),
            List.of(count(FindingKind.PARALLELS_EXTENSION_SHARED, 1)),
            differs(Since72.EXTENSION_AS_LEAK, 0, 1),
            differs(Since72.END_OFFSET, 2 * C + 512, C)),
        damage(
            "a bitmap behind the end of the file",
            withBitmap(6 * TRACKS - 1),
            List.of(
                count(FindingKind.PARALLELS_BITMAP_OUTSIDE, 1),
                leak(FindingKind.PARALLELS_UNUSED_CLUSTER, 1, C)),
            differs(Since72.EXTENSION_AS_LEAK, 0, 1),
            differs(Since72.END_OFFSET, 6 * C, 5 * C)),
        damage(
            "a bitmap of ones",
            withBitmap(1),
            List.of(leak(FindingKind.PARALLELS_UNUSED_CLUSTER, 1, C)),
            differs(Since72.EXTENSION_AS_LEAK, 0, 1),
            differs(Since72.END_OFFSET, 6 * C, 5 * C)),
        damage(
            "a size of more than 32 bits in version 1",
            patched(v1(0, 1, NONE, 0, 2), at -> at.u32(40, 1)),
            List.of(count(FindingKind.PARALLELS_SIZE_HIGH_HALF, 1))),
        damage(
            "an unknown mark of use",
            patched(mixed(), at -> at.text(IN_USE, "pdx7")),
            List.of(count(FindingKind.PARALLELS_IN_USE_UNKNOWN, 1))),
        damage(
            "a conversion under way",
            patched(mixed(), at -> at.u32(FLAGS, 2)),
            List.of(count(FindingKind.PARALLELS_BEING_CONVERTED, 1))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({"clean", "countedByQemu", "beyondQemu"})
  void findsDamageAndCountsAsQemuDoes(
      String name, byte[] file, List<Expected> expected, List<Difference> differences)
      throws IOException {
    QemuImg.requireOrSkip();
    Path image = Files.write(folder.resolve("disk.hdd"), file);

    CheckReport report = CheckAssertions.check("parallels", image);

    assertThat(report.error()).isNull();
    assertThat(sums(report)).containsExactlyInAnyOrderEntriesOf(sums(expected));
    assertThat(report.reclaimableBytes())
        .isEqualTo(expected.stream().mapToLong(Expected::reclaimable).sum());
    QemuImg.Check qemu = QemuImg.check(image, "parallels");
    Map<String, Long> today = new LinkedHashMap<>(CheckAssertions.counters(qemu));
    for (Difference difference : differences) {
      assertThat(today)
          .as(difference.reason().name())
          .containsEntry(difference.reason().counter, difference.before());
      today.put(difference.reason().counter, difference.today());
    }
    assertThat(CheckAssertions.counters(report)).as(qemu.messages()).isEqualTo(today);
    assertThat(Files.readAllBytes(image)).isEqualTo(file);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({"clean", "countedByQemu", "beyondQemu"})
  void aHeaderCheckFindsAllOfItsLevel(
      String name, byte[] file, List<Expected> expected, List<Difference> differences)
      throws IOException {
    CheckReport report = check(file, CheckLevel.HEADER);
    assertThat(sums(report))
        .containsExactlyInAnyOrderEntriesOf(
            sums(
                expected.stream()
                    .filter(each -> each.kind().level() == CheckLevel.HEADER)
                    .toList()));
    assertThat(report.counters().totalClusters()).isNull();
  }

  private static Map<FindingKind, Long> sums(CheckReport report) {
    return report.findings().stream()
        .collect(Collectors.groupingBy(Finding::kind, Collectors.summingLong(Finding::count)));
  }

  private static Map<FindingKind, Long> sums(List<Expected> expected) {
    return expected.stream().collect(Collectors.toMap(Expected::kind, Expected::count));
  }

  private static CheckReport check(byte[] file, CheckLevel level) throws IOException {
    return check(file, CheckOptions.of(level));
  }

  private static CheckReport check(byte[] file, CheckOptions options) throws IOException {
    return ImageCheck.of(new ParallelsFormat(), new BytesImageInput("disk.hdd", file), options);
  }

  @Test
  void findsWithTheWordsOfQemuAndWhereItLies() throws IOException {
    byte[] file = patched(v2(5, NONE, 2, 2), at -> at.u32(BAT + 4, 40).u32(IN_USE, 0x746f6e59));
    CheckReport report = check(Arrays.copyOf(file, 8 * CLUSTER), CheckLevel.METADATA);
    assertThat(report.findings())
        .extracting(Finding::part, Finding::message, Finding::hostOffset, Finding::hostLength)
        .containsExactly(
            tuple("header", "image was not closed correctly", 44L, 4L),
            tuple("bat", "cluster 1 is outside image", BAT + 4L, 4L),
            tuple("bat", "space leaked at the end of the image " + CLUSTER, 7 * C, C),
            tuple("bat", "duplicate offset in BAT entry 3", BAT + 12L, 4L),
            tuple("beyond-qemu/clusters", "cluster of the file at " + C + " is unused", C, 2 * C),
            tuple(
                "beyond-qemu/clusters",
                "cluster of the file at " + 4 * C + " is unused",
                4 * C,
                2 * C));
    assertThat(report.findings())
        .allSatisfy(
            finding ->
                assertThat(finding.part().startsWith("beyond-qemu"))
                    .isEqualTo(finding.kind().scope() == Scope.BEYOND));
  }

  /** Images, and the text that opening them for a check gives. */
  private static Stream<Arguments> damagedExtensions() {
    byte[] noMagic = patched(withBitmap(3 * TRACKS), at -> at.u8(5 * CLUSTER, 0));
    byte[] wrongSum = patched(withBitmap(3 * TRACKS), at -> at.u8(6 * CLUSTER - 1, 1));
    byte[] otherSize = patched(withBitmap(3 * TRACKS), at -> at.u64(36, SECTORS - 1));
    return Stream.of(
        Arguments.of(
            noMagic,
            "Wrong parallels Format Extension magic: 0xab234cef23dcea00, expected:"
                + " 0xab234cef23dcea87"),
        Arguments.of(
            wrongSum, "Wrong checksum in Format Extension header. Format extension is corrupted."),
        Arguments.of(
            otherSize, "Bitmap size (in sectors) 252 differs from disk size in sectors 251"));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("damagedExtensions")
  void refusesADamagedExtensionAsQemuDoesAndChecksTheTableAllTheSame(byte[] file, String text)
      throws IOException {
    QemuImg.requireOrSkip();
    patched(file, at -> at.u32(BAT + 4, 40));
    Path image = Files.write(folder.resolve("disk.hdd"), file);

    CheckReport report = CheckAssertions.assertSame("parallels", image);

    assertThat(((ImageException) report.error()).detail()).isEqualTo(text);
    assertThatThrownBy(() -> openForCheck(image)).hasMessage(report.error().getMessage());
    // What the extension uses is not known, so that no cluster can be called unused.
    assertThat(report.findings())
        .extracting(Finding::part, Finding::kind)
        .containsExactly(
            tuple("bat", FindingKind.PARALLELS_CLUSTER_OUTSIDE),
            tuple("beyond-qemu/extension", FindingKind.PARALLELS_EXTENSION),
            tuple("", FindingKind.IMAGE_REFUSED));
    assertThat(report.verdict()).isEqualTo(Verdict.CORRUPT);
    assertThat(sums(check(file, CheckLevel.HEADER)))
        .containsOnlyKeys(FindingKind.PARALLELS_EXTENSION, FindingKind.IMAGE_REFUSED);
  }

  @Test
  void anExtensionBehindTheEndOfTheFileIsRefusedInTheWordsOfToday() throws IOException {
    QemuImg.requireOrSkip();
    byte[] file = Arrays.copyOf(withBitmap(3 * TRACKS), 5 * CLUSTER);
    CheckReport report = check(file, CheckLevel.METADATA);
    assertThat(report.error())
        .hasMessageContaining("Invalid image: Format Extension is outside the image file");
    assertThat(sums(report))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(FindingKind.PARALLELS_EXTENSION, 1L, FindingKind.IMAGE_REFUSED, 1L));
    Path image = Files.write(folder.resolve("disk.hdd"), file);
    assertThat(QemuImg.check(image, "parallels").messages())
        .contains("Wrong parallels Format Extension magic: 0x0");
  }

  /** QEMU reads bitmaps when it opens an image, and one so far away cannot be read. */
  @Test
  void aBitmapThatNoFileCanHoldDoesNotKeepTheImageFromBeingChecked() throws IOException {
    QemuImg.requireOrSkip();
    byte[] file = withBitmap(-1);
    CheckReport report = check(file, CheckLevel.METADATA);
    assertThat(report.error()).isNull();
    assertThat(report.findings())
        .filteredOn(finding -> finding.kind() == FindingKind.PARALLELS_BITMAP_OUTSIDE)
        .extracting(Finding::actual, Finding::hostOffset)
        .containsExactly(tuple("18446744073709551615", 5 * C + 24 + 24 + 32));
    Path image = Files.write(folder.resolve("disk.hdd"), file);
    assertThat(QemuImg.check(image, "parallels").messages())
        .contains("Failed to read bitmap data cluster: Input/output error");
  }

  @Test
  void anExtensionThatIsNotUnderstoodIsUnsupported() throws IOException {
    QemuImg.requireOrSkip();
    byte[] unknown = ParallelsBytes.section(5, 0, new byte[8]);
    byte[] flagged = ParallelsBytes.section(5, 1, new byte[8]);
    for (byte[] section : List.of(unknown, flagged)) {
      byte[] file = ParallelsBytes.withExtension(v2(1, NONE, 0, 3), section, new byte[24]);
      Path image = Files.write(folder.resolve("disk.hdd"), file);
      CheckReport report = CheckAssertions.assertSame("parallels", image);
      assertThat(report.verdict()).isEqualTo(Verdict.UNSUPPORTED);
      assertThatThrownBy(() -> openForCheck(image))
          .isInstanceOf(UnsupportedImageException.class)
          .hasMessage(report.error().getMessage());
    }
  }

  @Test
  void refusesWhatQemuRefusesForTheSameReason() throws IOException {
    QemuImg.requireOrSkip();
    List<Consumer<ImagePatch>> refusals =
        List.of(
            at -> at.u8(0, 0),
            at -> at.u32(16, 3),
            at -> at.u32(28, 0),
            at -> at.u32(28, 4186128),
            at -> at.u32(32, 0x20000000));
    for (Consumer<ImagePatch> refusal : refusals) {
      Path image = Files.write(folder.resolve("disk.hdd"), patched(mixed(), refusal));
      CheckReport report = CheckAssertions.assertSame("parallels", image);
      assertThat(report.error()).isNotNull();
      assertThat(report.counters()).isNull();
      assertThatThrownBy(() -> openForCheck(image)).hasMessage(report.error().getMessage());
    }
    Path empty = Files.write(folder.resolve("empty.hdd"), new byte[0]);
    assertThat(CheckAssertions.assertSame("parallels", empty).verdict())
        .isEqualTo(Verdict.UNREADABLE);
  }

  /** The table of 2 GiB is one request to QEMU 7.2, and more than a request may be. */
  @Test
  void checksATableThatTheFileDoesNotHave() throws IOException {
    QemuImg.requireOrSkip();
    byte[] file = patched(Arrays.copyOf(mixed(), BAT + 16), at -> at.u32(32, 0x1fffffff));
    CheckReport report = check(file, CheckLevel.METADATA);
    assertThat(sums(report))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                FindingKind.PARALLELS_DATA_OFFSET, 1L,
                FindingKind.PARALLELS_CLUSTER_IN_METADATA, 3L));
    assertThat(report.counters().totalClusters()).isEqualTo(0x1fffffff);
    Path image = Files.write(folder.resolve("disk.hdd"), file);
    assertThat(QemuImg.check(image, "parallels").json()).isNull();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 0x7fffffffL, 0x80000000L, 0xfffffffdL, 0xffffffffL})
  void whateverAFieldSaysAReportComesOut(long value) throws IOException {
    byte[] original = withBitmap(3 * TRACKS);
    for (int at = 0; at < BAT + 16; at++) {
      int place = at;
      byte[] file = patched(original.clone(), patch -> patch.u32(place, value));
      CheckReport report = check(file, CheckOptions.of(CheckLevel.METADATA).withMaxFindings(1));
      assertThat(report.findings()).as("at %d", at).hasSizeLessThan(20);
      boolean damaged = sums(report).containsKey(FindingKind.PARALLELS_EXTENSION);
      assertThat(report.counters() == null)
          .as("at %d", at)
          .isEqualTo(report.error() != null && !damaged);
    }
  }

  private static void openForCheck(Path image) throws IOException {
    try (LocalImageInput input = LocalImageInput.open(image)) {
      new ParallelsFormat().open(input, OpenOptions.of(Purpose.CHECK)).close();
    }
  }
}
