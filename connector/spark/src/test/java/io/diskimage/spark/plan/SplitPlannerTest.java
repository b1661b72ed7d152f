package io.diskimage.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.Limits;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.spark.options.ChainMode;
import io.diskimage.spark.options.ReadMode;
import io.diskimage.spark.options.ReadOptions;
import io.diskimage.spark.options.UnallocatedMode;
import io.diskimage.spark.table.TableKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

class SplitPlannerTest {
  private static final long MIB = 1L << 20;
  private static final long GIB = 1L << 30;

  @Property
  void everySliceOfEveryFileIsInExactlyOneTask(
      @ForAll @Size(max = 40) List<@LongRange(min = 0, max = 1L << 62) Long> lengths,
      @ForAll @LongRange(min = 1, max = 1L << 40) long maxPartitionBytes,
      @ForAll @LongRange(min = 0, max = 1L << 40) long openCost,
      @ForAll @IntRange(min = 1, max = 50) int maxPartitions,
      @ForAll TableKind table,
      @ForAll boolean data) {
    ReadOptions options = options(table, maxPartitionBytes, openCost, maxPartitions);
    List<ImagePartition> tasks = plan(options, data, 8, lengths);
    assertThat(tasks.size()).isLessThanOrEqualTo(maxPartitions);
    Map<String, Set<Integer>> indexes = new HashMap<>();
    Map<String, Integer> counts = new HashMap<>();
    for (ImagePartition task : tasks) {
      assertThat(task.slices()).isNotEmpty();
      for (ImageSlice slice : task.slices()) {
        String path = slice.file().path();
        assertThat(indexes.computeIfAbsent(path, key -> new HashSet<>()).add(slice.index()))
            .isTrue();
        assertThat(counts.merge(path, slice.count(), (old, now) -> old.equals(now) ? now : -1))
            .isEqualTo(slice.count());
      }
    }
    assertThat(indexes).hasSize(lengths.size());
    indexes.forEach(
        (path, seen) ->
            assertThat(seen)
                .containsExactlyInAnyOrderElementsOf(
                    IntStream.range(0, counts.get(path)).boxed().toList()));
  }

  @Example
  void dataIsCutByTheFilesLength() {
    List<ImagePartition> tasks = plan(defaults(TableKind.BLOCKS), true, 2, List.of(10 * GIB));
    assertThat(tasks).hasSize(80);
    assertThat(tasks.get(0).slices().get(0).count()).isEqualTo(80);
  }

  @Example
  void metadataWeighsAThousandthOfTheLength() {
    assertThat(plan(defaults(TableKind.BLOCKS), false, 1, List.of(10 * GIB)))
        .hasSize(1)
        .allSatisfy(task -> assertThat(task.slices()).hasSize(1));
    assertThat(plan(defaults(TableKind.BLOCKS), false, 2, List.of(1024 * GIB))).hasSize(8);
  }

  @Example
  void smallScansAreSpreadOverAllCores() {
    assertThat(plan(defaults(TableKind.BLOCKS), true, 8, List.of(64 * MIB))).hasSize(8);
    assertThat(plan(defaults(TableKind.BLOCKS), true, 8, List.of(8 * MIB))).hasSize(2);
  }

  @Example
  void slicesOfExtentsHaveAtLeast64MiBOfMapping() {
    ReadOptions small = options(TableKind.EXTENTS, MIB, MIB, 10_000);
    assertThat(plan(small, false, 8, List.of(64 * GIB))).hasSize(1);
    assertThat(plan(small, false, 8, List.of(128 * GIB))).hasSize(2);
  }

  @Example
  void manyFilesShareATaskWhereOnlyHeadersAreRead() {
    List<Long> lengths = Collections.nCopies(8000, 100 * GIB);
    for (TableKind table :
        List.of(TableKind.IMAGES, TableKind.SNAPSHOTS, TableKind.BITMAPS, TableKind.REFERENCES)) {
      List<ImagePartition> tasks = plan(defaults(table), false, 8, lengths);
      // 128 MiB at 4 MiB each, and by Spark's rule the one more that begins below the limit.
      assertThat(tasks).hasSize(8000 / 33 + 1);
      assertThat(tasks.get(0).slices()).hasSize(33);
    }
  }

  @Example
  void aFleetOfSmallFilesHasEnoughTasksForTheCoresAndNotMore() {
    List<Long> lengths = Collections.nCopies(100_000, 200 * 1024L);
    for (TableKind table : List.of(TableKind.IMAGES, TableKind.CHECKS)) {
      assertThat(plan(defaults(table), false, 2, lengths)).hasSizeBetween(250, 258);
      assertThat(plan(defaults(table), false, 64, lengths)).hasSizeBetween(2000, 2060);
      assertThat(plan(defaults(table), false, 1000, lengths)).hasSize(tasksBySparksRule(table));
    }
    // Of data they have 20 GB, which count beside opening.
    assertThat(plan(defaults(TableKind.BLOCKS), true, 2, lengths)).hasSizeBetween(400, 420);
  }

  /** What lies in a task beside the 4 MiB of each of its files decides about the last of them. */
  private static int tasksBySparksRule(TableKind table) {
    return table == TableKind.IMAGES ? 100_000 / 33 + 1 : 100_000 / 32;
  }

  @Example
  void smallImagesAreCheckedTogetherAndAHugeOneByItself() {
    List<Long> lengths = new ArrayList<>(List.of(1024 * GIB));
    for (int i = 0; i < 99; i++) {
      lengths.add(MIB);
    }
    for (TableKind table : List.of(TableKind.FINDINGS, TableKind.CHECKS)) {
      List<ImagePartition> tasks = plan(defaults(table), false, 2, lengths);
      // The huge one has 1 GiB of metadata; the others cost 4 MiB and a little each, of 128 MiB.
      assertThat(tasks.stream().map(task -> task.slices().size()))
          .containsExactly(1, 32, 32, 32, 3);
      assertThat(tasks.get(0).slices().get(0))
          .isEqualTo(new ImageSlice(new ImageFile("file:/0", 1024 * GIB, 0), 0, 1));
    }
  }

  @Example
  void aCheckWeighsWhatItsLevelReads() {
    List<Long> lengths = List.of(10 * GIB, 10 * GIB, 10 * GIB, 10 * GIB);
    for (TableKind table : List.of(TableKind.FINDINGS, TableKind.CHECKS)) {
      for (CheckLevel level : CheckLevel.values()) {
        ReadOptions options = options(table, level, 20 * GIB, 0, 10_000);
        assertThat(plan(options, false, 2, lengths))
            .as("%s %s", table, level)
            .hasSize(level == CheckLevel.HEADER ? 1 : 2);
        ReadOptions limited = options(table, level, 10 * MIB, 0, 10_000);
        assertThat(plan(limited, false, 2, lengths))
            .as("%s %s", table, level)
            .hasSize(level == CheckLevel.HEADER ? 1 : 4)
            .allSatisfy(task -> assertThat(task.slices()).allMatch(slice -> slice.count() == 1));
      }
    }
  }

  @Example
  void aSmallLayerOverALargeOneIsCutToo() {
    List<ListedFile> files = listed(List.of(MIB, 100 * GIB));
    ReadOptions options = defaults(TableKind.BLOCKS);
    SliceWeights own = new LengthWeights(options.table(), options.level(), true);
    List<ImagePartition> tasks = plan(options, new LayeredWeights(own, files), 2, files);
    // Half of 100 GiB for what may lie below, in pieces of 128 MiB.
    assertThat(tasks.stream().flatMap(task -> task.slices().stream()))
        .contains(new ImageSlice(files.get(0).file(), 400, 401))
        .contains(new ImageSlice(files.get(1).file(), 1200, 1201));
    List<ListedFile> absurd = listed(List.of(Long.MAX_VALUE, Long.MAX_VALUE));
    assertThat(plan(options, new LayeredWeights(own, absurd), 2, absurd))
        .hasSizeLessThanOrEqualTo(10_000);
  }

  @Example
  void emptyFilesArePlannedToo() {
    assertThat(plan(defaults(TableKind.BLOCKS), true, 8, List.of(0L, 0L))).hasSize(1);
    assertThat(plan(defaults(TableKind.BLOCKS), true, 8, List.of())).isEmpty();
  }

  @Example
  void aFileOfAnAbsurdLengthDoesNotMakeMoreTasksThanAllowed() {
    assertThat(plan(defaults(TableKind.BLOCKS), true, 8, List.of(Long.MAX_VALUE, Long.MAX_VALUE)))
        .hasSizeLessThanOrEqualTo(10_000);
  }

  @Example
  void theHeaviestTasksComeFirst() {
    List<ImagePartition> tasks =
        plan(defaults(TableKind.BLOCKS), true, 2, List.of(MIB, 100 * MIB, 90 * MIB, MIB));
    assertThat(tasks.get(0).slices().get(0).file().length()).isEqualTo(100 * MIB);
  }

  private static List<ImagePartition> plan(
      ReadOptions options, boolean data, int cores, List<Long> lengths) {
    SliceWeights weights = new LengthWeights(options.table(), options.level(), data);
    return plan(options, weights, cores, listed(lengths));
  }

  private static List<ListedFile> listed(List<Long> lengths) {
    return IntStream.range(0, lengths.size())
        .mapToObj(i -> new ListedFile(new ImageFile("file:/" + i, lengths.get(i), 0), List.of()))
        .toList();
  }

  private static List<ImagePartition> plan(
      ReadOptions options, SliceWeights weights, int cores, List<ListedFile> files) {
    SplitPlanner planner = new SplitPlanner(options, weights, cores, new SliceLocations(List.of()));
    return Arrays.stream(planner.plan(files)).map(ImagePartition.class::cast).toList();
  }

  private static ReadOptions defaults(TableKind table) {
    return options(table, 128 * MIB, 4 * MIB, 10_000);
  }

  private static ReadOptions options(
      TableKind table, long maxPartitionBytes, long openCost, int maxPartitions) {
    return options(table, CheckLevel.METADATA, maxPartitionBytes, openCost, maxPartitions);
  }

  private static ReadOptions options(
      TableKind table, CheckLevel level, long maxPartitionBytes, long openCost, int maxPartitions) {
    return new ReadOptions(
        table,
        null,
        false,
        0,
        UnallocatedMode.NULL,
        ChainMode.TOP,
        null,
        null,
        null,
        null,
        ReadMode.FAILFAST,
        level,
        Limits.DEFAULT,
        maxPartitionBytes,
        openCost,
        maxPartitions,
        Map.of(),
        null);
  }
}
