package io.diskimage.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class BlockGridTest {
  private static final int MOST_BLOCKS = 300;

  @Provide
  Arbitrary<Long> clusters() {
    Arbitrary<Long> powers = Arbitraries.integers().between(9, 21).map(bits -> 1L << bits);
    Arbitrary<Long> others = Arbitraries.longs().between(1, 9000).map(sectors -> sectors * 512);
    return Arbitraries.oneOf(powers, others);
  }

  @Provide
  Arbitrary<Integer> blocks() {
    Arbitrary<Integer> sectors = Arbitraries.integers().between(0, 16384);
    Arbitrary<Integer> powers = Arbitraries.integers().between(0, 14).map(bits -> 1 << bits);
    return Arbitraries.oneOf(sectors, powers).map(count -> count * 512);
  }

  private static long disk(long cluster, int block, int sectors) {
    long unit = Math.max(512, Math.min(cluster, block == 0 ? cluster : block));
    return Math.min(sectors * 512L, unit * MOST_BLOCKS);
  }

  @Property
  void blocksCoverTheDiskInOrder(
      @ForAll("clusters") long cluster, @ForAll("blocks") int block, @ForAll char sectors) {
    long size = disk(cluster, block, sectors);
    BlockGrid grid = new BlockGrid(cluster, block, size);
    long start = 0;
    long count = 0;
    while (start < size) {
      assertThat(grid.blocksBefore(start)).isEqualTo(count);
      long end = grid.blockEnd(start);
      assertThat(end).isGreaterThan(start).isLessThanOrEqualTo(size);
      assertThat(end - start).isLessThanOrEqualTo(grid.maxBlockLength());
      for (long offset : new long[] {start, start + (end - start) / 2, end - 1}) {
        assertThat(grid.blockStart(offset)).isEqualTo(start);
      }
      start = end;
      count++;
    }
    assertThat(start).isEqualTo(size);
    assertThat(grid.blocksBefore(size)).isEqualTo(count);
  }

  @Property
  void aBlockIsAPartOfOneClusterOrWholeClusters(
      @ForAll("clusters") long cluster, @ForAll("blocks") int block, @ForAll char sectors) {
    long size = disk(cluster, block, sectors);
    BlockGrid grid = new BlockGrid(cluster, block, size);
    assertThat(grid.grain() % cluster).isZero();
    for (long start = 0; start < size; start = grid.blockEnd(start)) {
      long end = grid.blockEnd(start);
      boolean partOfOne = start / cluster == (end - 1) / cluster;
      boolean wholeOnes = start % cluster == 0 && (end % cluster == 0 || end == size);
      assertThat(partOfOne || wholeOnes).isTrue();
    }
  }

  @Property
  void noBlockCrossesAMultipleOfTheGrain(
      @ForAll("clusters") long cluster, @ForAll("blocks") int block, @ForAll char sectors) {
    long size = disk(cluster, block, sectors);
    BlockGrid grid = new BlockGrid(cluster, block, size);
    for (long border = 0; border < size; border += grid.grain()) {
      assertThat(grid.blockStart(border)).isEqualTo(border);
    }
  }

  private static List<Long> starts(long cluster, int block, long size) {
    BlockGrid grid = new BlockGrid(cluster, block, size);
    List<Long> starts = new ArrayList<>();
    for (long start = 0; start < size; start = grid.blockEnd(start)) {
      starts.add(start);
    }
    return starts;
  }

  @Example
  void theLastPieceOfAClusterIsShorter() {
    assertThat(starts(1536, 1024, 4096)).containsExactly(0L, 1024L, 1536L, 2560L, 3072L);
  }

  @Example
  void aLargerBlockIsAsManyWholeClustersAsFit() {
    assertThat(starts(1536, 4096, 7000)).containsExactly(0L, 3072L, 6144L);
  }

  @Example
  void theDefaultIsTheClusterUpToAMebibyte() {
    assertThat(new BlockGrid(65536, 0, 1 << 30).maxBlockLength()).isEqualTo(65536);
    assertThat(new BlockGrid(2 << 20, 0, 1 << 30).maxBlockLength()).isEqualTo(1 << 20);
  }

  @Example
  void aClusterOfManyGibibytesIsCutToo() {
    long cluster = 1L << 41;
    BlockGrid grid = new BlockGrid(cluster, 0, 3 * cluster);
    assertThat(grid.blockEnd(cluster)).isEqualTo(cluster + (1 << 20));
    assertThat(grid.blocksBefore(cluster)).isEqualTo(1L << 21);
  }

  @Example
  void refusesOtherBlockSizes() {
    for (int size : new int[] {-512, 1, 511, 513, (8 << 20) + 512}) {
      assertThatThrownBy(() -> new BlockGrid(65536, size, 0))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
