package io.diskimage.format.qcow2;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckOptions;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.FindingKind;
import io.diskimage.format.check.Verdict;
import io.diskimage.format.oracle.QemuImg;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Counters of images with every feature, sound and damaged, against {@code qemu-img check}; each in
 * one pass and in passes of the smallest memory.
 */
class Qcow2CheckOracleTest {
  private static final String[] WRITES = {
    "write -P 1 0 300k", "write -z 512k 128k", "write -z -u 1M 64k", "write -P 2 2097152 1M"
  };

  @TempDir private Path folder;

  @BeforeEach
  void needsTheOracle() {
    QemuImg.requireOrSkip();
  }

  private MadeImage create(String options, String size) {
    return MadeImage.create(folder.resolve("image.qcow2"), options, size, WRITES);
  }

  private static void requireClean(MadeImage image) throws IOException {
    assertThat(CheckOracle.requireSame(image.file()).verdict()).isEqualTo(Verdict.CLEAN);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "compat=0.10",
        "extended_l2=on",
        "extended_l2=on,preallocation=metadata",
        "preallocation=metadata",
        "preallocation=falloc",
        "compression_type=zstd",
        "lazy_refcounts=on",
        "cluster_size=512",
        "cluster_size=2M"
      })
  void countsAsQemuDoes(String options) throws IOException {
    MadeImage image = create(options, "20M");
    requireClean(image);
    image.snapshot("one").io("write -P 3 256k 128k").snapshot("two");
    requireClean(image);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "compat=0.10",
        "extended_l2=on",
        "compression_type=zstd",
        "cluster_size=4k",
        "cluster_size=2M"
      })
  void countsClustersOfManyStreamsForEach(String options) throws IOException {
    MadeImage image =
        create(options, "20M")
            .io("write -c -P 5 6M 2M", "write -c -P 6 8M 2M", "write -c -P 7 10M 2M");
    requireClean(image.snapshot("one").io("write 7M 128k"));
    image.u64(image.l2(0), image.u64(image.l2((6 << 20) >> image.clusterBits())));

    CheckReport report = CheckOracle.requireSame(image.file());

    assertThat(report.counters().compressedClusters()).isPositive();
    assertThat(report.verdict()).isEqualTo(Verdict.CORRUPT);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8, 16, 32, 64})
  void comparesCountsOfEveryWidth(int bits) throws IOException {
    MadeImage image = create("cluster_size=512,refcount_bits=" + bits, "20M");
    requireClean(image);
    // The byte that counts a data cluster, and its neighbours where counts are narrow.
    long cluster = image.cluster(3) >>> 9;
    long block = image.u64(image.refcountEntry((int) (cluster / (4096 / bits)))) & -512L;
    long at = block + cluster % (4096 / bits) * bits / 8;
    image.u64(at & -8L, image.u64(at & -8L) ^ 0x0102_0304_0506_0708L);

    CheckReport report = CheckOracle.requireSame(image.file());

    assertThat(report.verdict()).isEqualTo(Verdict.CORRUPT);
  }

  @Test
  void countsALargerImageOfSmallClustersInManyPasses() throws IOException {
    MadeImage image =
        MadeImage.create(folder.resolve("image.qcow2"), "cluster_size=512", "40M", "write 0 40M");
    requireClean(image);
    for (int cluster = 100; cluster < 70_000; cluster += 4_987) {
      image.u64(image.l2(cluster), image.u64(image.l2(cluster + 5_000 - cluster % 64)));
    }

    CheckReport report = CheckOracle.requireSame(image.file());

    assertThat(CheckOracle.kinds(report))
        .containsKeys(FindingKind.QCOW2_LEAKED_CLUSTER, FindingKind.QCOW2_REFCOUNT_TOO_LOW);
  }

  @Test
  void countsL2TablesThatSnapshotsShareOnceForEach() throws IOException {
    MadeImage image = create("", "2G");
    for (int i = 0; i < 5; i++) {
      image.snapshot("s" + i);
    }
    requireClean(image);
    // In a table of six: five snapshots' and the active disk's.
    image.u64(image.l2(0), image.u64(image.l2(0)) | 2);

    CheckReport report = CheckOracle.requireSame(image.file());

    assertThat(report.counters().corruptions()).isEqualTo(6);
    assertThat(report.findings()).hasSize(1);
  }

  @Test
  void countsTheL1TableOfTwoSnapshotsInOnePlaceTwice() throws IOException {
    MadeImage image = create("", "20M").snapshot("one").io("write 0 64k").snapshot("two");
    long first = image.snapshots();
    int length = 40 + (int) image.u32(first + 36) + 4;
    image.u64((first + length + 7) & -8L, image.u64(first));

    CheckReport report = CheckOracle.requireSame(image.file());

    assertThat(report.verdict()).isEqualTo(Verdict.CORRUPT);
  }

  @Test
  void countsBitmaps() throws IOException {
    MadeImage image = create("", "20M").bitmap("one").io("write 0 1M").bitmap("two");
    requireClean(image);
    long table = image.u64(image.bitmaps());
    image.u64(table, 1L << 40);

    CheckReport report = CheckOracle.requireSame(image.file());

    assertThat(CheckOracle.kinds(report))
        .containsEntry(FindingKind.QCOW2_REGION_BEHIND_EOF, 1L)
        .containsEntry(FindingKind.QCOW2_LEAKED_CLUSTER, 1L);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
  void refusesBitmapsThatQemuRefuses(int damage) throws IOException {
    MadeImage image = create("", "20M").bitmap("one").bitmap("two");
    long extension = image.bitmapExtension();
    long entry = image.bitmaps();
    switch (damage) {
      case 0 -> image.u32(entry + 12, 4);
      case 1 -> image.u32(entry + 8, 2);
      case 2 -> image.u64(image.u64(entry), 2);
      case 3 -> image.u64(image.u64(entry), 512);
      case 4 -> image.u64(extension + 8, image.u64(extension + 8) - 8);
      case 5 -> image.u32(extension, 3);
      // "one" becomes "two".
      case 6 -> image.u16(entry + 24, 't' << 8 | 'w').u16(entry + 25, 'w' << 8 | 'o');
      case 7 -> image.u64(extension + 16, 1L << 63);
      case 8 -> image.u64(entry, 1L << 63);
      // Of two faults that comes out which QEMU meets first.
      case 9 -> image.u32(entry + 8, 2).u64(image.u64(entry), 2);
      case 10 -> image.u32(entry + 8, 2).u64(image.u64(entry + 32), 2);
      default ->
          image
              .u16(entry + 24, 't' << 8 | 'w')
              .u16(entry + 25, 'w' << 8 | 'o')
              .u64(image.u64(entry), 2);
    }
    QemuImg.Check qemu = QemuImg.check(image.file(), "qcow2");
    assertThat(qemu.messages()).contains("Could not open");

    CheckReport report = CheckOracle.check(image.file(), CheckOptions.of(CheckLevel.METADATA));

    assertThat(CheckOracle.kinds(report)).containsOnlyKeys(FindingKind.IMAGE_REFUSED);
    assertThat(qemu.messages()).contains(report.findings().get(0).message());
  }

  @Test
  void takesADataFileForNoPartOfTheFile() throws IOException {
    MadeImage image = create("data_file=" + folder.resolve("data"), "20M");
    requireClean(image);
    image.u64(image.l2(1), image.u64(image.l2(1)) & ~MadeImage.COPIED);

    CheckReport report = CheckOracle.requireSame(image.file());

    assertThat(CheckOracle.kinds(report)).containsOnlyKeys(FindingKind.QCOW2_DATA_COPIED_FLAG);
  }

  @Test
  void takesAFileCutInItsLastClusterForWhole() throws IOException {
    MadeImage image = create("", "20M");
    long end = CheckOracle.requireSame(image.file()).counters().imageEndOffset();
    requireClean(image.length(end - 65_000));

    CheckReport cut = CheckOracle.requireSame(image.length(end - 65_536).file());

    assertThat(CheckOracle.kinds(cut)).containsOnlyKeys(FindingKind.QCOW2_REGION_BEHIND_EOF);
  }

  @Test
  void acceptsAnImageWithoutARefcountTable() throws IOException {
    MadeImage image = create("", "20M").u32(56, 0);

    CheckReport report = CheckOracle.requireSame(image.file());

    assertThat(CheckOracle.kinds(report)).containsKey(FindingKind.QCOW2_REFCOUNT_MISSING);
  }
}
