package io.diskimage.format.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.IoCounters;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.Slicer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Slices of large images whose data lie unevenly: none has more than 1.5 times the mean. */
class SliceBalanceTest {
  private static final int[] SLICES = {2, 7, 16, 64};
  private static final long LEAST_CLUSTERS = 4;
  private static final long TIB = 1L << 40;

  @TempDir private Path directory;

  @BeforeAll
  static void oracle() {
    QemuImg.requireOrSkip();
  }

  @ParameterizedTest
  @EnumSource
  void aQcow2WithAllItsTables(Skew.Pattern pattern) throws IOException {
    long clusters = (4 * TIB) >> 16;
    Skew skew = Skew.of(pattern, clusters);
    try (DiskImage image = open(SkewedImage.qcow2(directory, 16, 4 * TIB, skew, true))) {
      assertBalanced(image, Slicer.Share.DATA, skew::before);
      // Who reads no data walks every table, whatever it maps.
      assertBalanced(image, Slicer.Share.TABLES, cluster -> cluster);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aQcow2WithManyTablesToARegion(Skew.Pattern pattern) throws IOException {
    // A table maps 2 MiB; of 64 GiB a summary has 8192 regions.
    long size = 64L << 30;
    Skew skew = Skew.of(pattern, size >> 12);
    try (DiskImage image = open(SkewedImage.qcow2(directory, 12, size, skew, false))) {
      assertBalanced(image, Slicer.Share.DATA, skew::before);
      // The tables that are there follow each other.
      assertBalanced(image, Slicer.Share.TABLES, skew::before);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aQcow2WhoseDataLieUnderOneTable(Skew.Pattern pattern) throws IOException {
    long clusters = (4 * TIB) >> 21;
    long perTable = 1 << 18;
    Skew skew = new Skew(pattern, clusters, 5 * perTable, perTable);
    try (DiskImage image = open(SkewedImage.qcow2(directory, 21, 4 * TIB, skew, false))) {
      assertBalanced(image, Slicer.Share.DATA, skew::before);
      assertBalanced(image, Slicer.Share.TABLES, skew::before);
    }
  }

  @ParameterizedTest
  @EnumSource
  void theLargestVhd(Skew.Pattern pattern) throws IOException {
    Skew skew = Skew.of(pattern, 2040L << 9);
    assertBalanced(SkewedImage.vhd(directory, 2040L << 30, skew), skew);
  }

  @ParameterizedTest
  @EnumSource
  void aLargeVdi(Skew.Pattern pattern) throws IOException {
    Skew skew = Skew.of(pattern, (8 * TIB) >> 20);
    assertBalanced(SkewedImage.vdi(directory, skew.blocks(), skew), skew);
  }

  @ParameterizedTest
  @EnumSource
  void aLargeParallelsImage(Skew.Pattern pattern) throws IOException {
    Skew skew = Skew.of(pattern, (8 * TIB) >> 20);
    assertBalanced(SkewedImage.parallels(directory, skew.blocks(), skew), skew);
  }

  @Test
  void theLargestVdi() throws IOException {
    Skew skew = Skew.of(Skew.Pattern.LAST_PERCENT, SkewedImage.MOST_BLOCKS);
    assertBalanced(SkewedImage.vdi(directory, skew.blocks(), skew), skew);
  }

  @Test
  void theLargestParallelsImage() throws IOException {
    Skew skew = Skew.of(Skew.Pattern.FIRST_PERCENT, SkewedImage.MOST_BLOCKS);
    assertBalanced(SkewedImage.parallels(directory, skew.blocks(), skew), skew);
  }

  private static DiskImage open(SkewedImage input) throws IOException {
    return ImageFormats.byName(input.location())
        .orElseThrow()
        .open(input, OpenOptions.of(Purpose.READ));
  }

  /** Where there is one table only, it tells what is stored to those too who read no data. */
  private static void assertBalanced(SkewedImage input, Skew skew) throws IOException {
    try (DiskImage image = open(input)) {
      assertThat(image.virtualSize() / image.clusterSize()).isEqualTo(skew.blocks());
      for (Slicer.Share share : new Slicer.Share[] {Slicer.Share.DATA, Slicer.Share.TABLES}) {
        assertBalanced(image, share, skew::before);
      }
    }
  }

  /**
   * Cuts a disk.
   *
   * @param before what a slice is to have its share of: how much of it lies before a cluster
   */
  private static void assertBalanced(DiskImage image, Slicer.Share share, LongUnaryOperator before)
      throws IOException {
    long cluster = image.clusterSize();
    long total = before.applyAsLong(image.virtualSize() / cluster);
    assertThat(total).isPositive();
    for (int slices : SLICES) {
      double mean = (double) total / slices;
      long most = 0;
      long from = 0;
      for (int k = 1; k <= slices; k++) {
        long to = Slicer.start(image, share, k, slices, cluster, new IoCounters());
        assertThat(to).isBetween(from, image.virtualSize());
        most =
            Math.max(most, before.applyAsLong(to / cluster) - before.applyAsLong(from / cluster));
        from = to;
      }
      assertThat(mean).as("clusters of %d slices", slices).isGreaterThan(LEAST_CLUSTERS);
      assertThat((double) most)
          .as("%s of %s cut in %d", share, image.info().format(), slices)
          .isLessThanOrEqualTo(1.5 * mean);
    }
  }
}
