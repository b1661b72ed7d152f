package io.diskimage.spark.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ExtentKind;
import io.diskimage.spark.metrics.ScanMetric;
import io.diskimage.spark.options.ReadMode;
import io.diskimage.spark.options.UnallocatedMode;
import io.diskimage.spark.plan.AggregateSpec;
import io.diskimage.spark.plan.AggregateSpec.Function;
import io.diskimage.spark.plan.AggregateSpec.Kind;
import io.diskimage.spark.plan.RowFilter;
import io.diskimage.spark.table.TableKind;
import io.diskimage.spark.table.TableSchemas;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlockAggregateReaderTest {
  private static final RowFilter ALLOCATED =
      new TestFilter(
          row -> !row.isNull(BlockColumns.ALLOCATED) && row.getBoolean(BlockColumns.ALLOCATED),
          Set.of(BlockColumns.ALLOCATED));
  private static final RowFilter FAR =
      TestFilter.ALL.between(BlockColumns.OFFSET, 5000, Long.MAX_VALUE);

  private static final List<Function> PLACES =
      List.of(
          new Function(Kind.COUNT, -1, null),
          new Function(Kind.SUM, BlockColumns.LENGTH, null),
          new Function(Kind.MIN, BlockColumns.OFFSET, null),
          new Function(Kind.MAX, BlockColumns.OFFSET, null));

  @TempDir Path directory;

  @BeforeEach
  @AfterEach
  void nothingOpen() {
    Scans.assertNothingOpen();
  }

  private static Scans scan(List<Integer> groups, List<Function> functions) {
    StructType output = new StructType();
    for (int group : groups) {
      output = output.add(TableSchemas.full(TableKind.BLOCKS).apply(group));
    }
    for (int i = 0; i < functions.size(); i++) {
      output = output.add("f" + i, DataTypes.LongType);
    }
    return Scans.of(TableKind.BLOCKS).aggregate(new AggregateSpec(groups, functions), output);
  }

  /** What Spark makes of partial rows: functions by group. */
  private static Map<List<Object>, List<Object>> merged(
      List<List<Object>> partial, int groups, List<Function> functions) {
    Map<List<Object>, List<Object>> merged = new HashMap<>();
    for (List<Object> row : partial) {
      merged.merge(
          row.subList(0, groups),
          row.subList(groups, row.size()),
          (one, other) -> {
            List<Object> both = new ArrayList<>();
            for (int i = 0; i < one.size(); i++) {
              both.add(merged(functions.get(i).kind(), (Long) one.get(i), (Long) other.get(i)));
            }
            return both;
          });
    }
    return merged;
  }

  private static Long merged(Kind kind, Long one, Long other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return switch (kind) {
      case COUNT, SUM -> Long.sum(one, other);
      case MIN -> Math.min(one, other);
      case MAX -> Math.max(one, other);
    };
  }

  /** The same over rows of path, offset, length, allocated. */
  private static Map<List<Object>, List<Object>> overRows(
      List<List<Object>> rows, List<Integer> groups, List<Function> functions) {
    List<List<Object>> partial = new ArrayList<>();
    for (List<Object> row : rows) {
      List<Object> values = new ArrayList<>();
      groups.forEach(group -> values.add(row.get(group)));
      for (Function function : functions) {
        boolean counted =
            (function.column() < 0 || row.get(function.column()) != null)
                && (function.condition() == null || Boolean.TRUE.equals(row.get(3)));
        values.add(
            function.kind() == Kind.COUNT
                ? (Long) (counted ? 1L : 0L)
                : row.get(function.column()) == null
                    ? null
                    : (Object) ((Number) row.get(function.column())).longValue());
      }
      partial.add(values);
    }
    return merged(partial, groups.size(), functions);
  }

  @Test
  void aggregatesAreThoseOverTheRowsInEveryMode() throws IOException {
    List<Function> functions = new ArrayList<>(PLACES);
    functions.add(new Function(Kind.COUNT, BlockColumns.ALLOCATED, null));
    functions.add(new Function(Kind.COUNT, -1, ALLOCATED));
    for (int round = 0; round < 60; round++) {
      long seed = new Random().nextLong();
      Random random = new Random(seed);
      ReadMode mode = List.of(ReadMode.values()).get(random.nextInt(3));
      UnallocatedMode unallocated = List.of(UnallocatedMode.values()).get(random.nextInt(3));
      boolean damaged = mode != ReadMode.FAILFAST;
      int slices = 1 + random.nextInt(4);
      int blockSize = 512 * (1 + random.nextInt(20));
      RowFilter filter = List.of(TestFilter.ALL, ALLOCATED, FAR).get(random.nextInt(3));
      List<Integer> groups =
          List.of(
                  List.<Integer>of(),
                  List.of(BlockColumns.PATH),
                  List.of(BlockColumns.ALLOCATED),
                  List.of(BlockColumns.ALLOCATED, BlockColumns.PATH))
              .get(random.nextInt(4));
      List<Function> chosen = random.nextBoolean() ? PLACES : functions;
      ModelDisk disk = ModelDisk.random(random, 2048, 1 + random.nextInt(30), damaged);
      Path good = disk.write(directory.resolve(round + ".model"));
      Path bad = disk.refusing().write(directory.resolve(round + "-refused.model"));
      Path[] files = damaged ? new Path[] {good, bad} : new Path[] {good};

      List<List<Object>> rows =
          Scans.of(TableKind.BLOCKS, "path", "offset", "length", "allocated")
              .mode(mode)
              .unallocated(unallocated)
              .blockSize(blockSize)
              .filter(filter)
              .rowsBySlice(slices, files);
      Scans scan =
          scan(groups, chosen)
              .mode(mode)
              .unallocated(unallocated)
              .blockSize(blockSize)
              .filter(filter);
      Map<List<Object>, List<Object>> expected = overRows(rows, groups, chosen);
      if (groups.isEmpty()) {
        expected.putIfAbsent(
            List.of(),
            chosen.stream()
                .map(function -> function.kind() == Kind.COUNT ? (Object) 0L : null)
                .toList());
      }

      String what =
          "seed %d, %s, %s, block size %d, groups %s, filter %s, %d slices"
              .formatted(seed, mode, unallocated, blockSize, groups, filter, slices);
      assertThat(merged(scan.rowsBySlice(slices, files), groups.size(), chosen))
          .as(what)
          .isEqualTo(expected);
      assertThat(merged(scan.rows(Scans.slices(slices, files)), groups.size(), chosen))
          .as(what + " in one task")
          .isEqualTo(expected);
      Files.delete(good);
      Files.delete(bad);
    }
  }

  private Path unallocated(long size) throws IOException {
    return new ModelDisk(
            64 << 10, size, List.of(new ModelDisk.Run(0, size, ExtentKind.UNALLOCATED, -1)))
        .write(directory.resolve("large.model"));
  }

  @Test
  void placesFollowFromTheHeaderAlone() throws IOException {
    long size = 1L << 50;
    Path file = unallocated(size);
    Scans scan = scan(List.of(), PLACES);
    scan.rows(Scans.slices(1, file));
    long opening = scan.metric(ScanMetric.METADATA_BYTES);

    assertThat(merged(scan.rowsBySlice(3, file), 0, PLACES).get(List.of()))
        .isEqualTo(List.of(size / 65536, size, 0L, size - 65536));
    assertThat(scan.metric(ScanMetric.METADATA_BYTES)).as("the image is open").isEqualTo(opening);
    assertThat(scan.metric(ScanMetric.CACHE_HITS)).as("by the first slice").isEqualTo(1);
  }

  @Test
  void allocationIsCountedByRunsNotByBlocks() throws IOException {
    long size = 1L << 50;
    Path file = unallocated(size);
    Scans scan = scan(List.of(BlockColumns.ALLOCATED), PLACES);

    assertThat(scan.rows(Scans.slices(1, file)))
        .containsExactly(Arrays.asList(false, size / 65536, size, 0L, size - 65536));
    assertThat(scan.metric(ScanMetric.DATA_BYTES)).isZero();
  }

  @Test
  void aProblemFailsTheJobInFailFast() throws IOException {
    Path file =
        new ModelDisk(512, 512, List.of(new ModelDisk.Run(0, 512, null, -1)))
            .write(directory.resolve("damaged.model"));

    assertThatThrownBy(
            () -> scan(List.of(BlockColumns.ALLOCATED), PLACES).rows(Scans.slices(1, file)))
        .isInstanceOf(CorruptImageException.class)
        .hasMessageContaining("file:" + file);
  }

  @Test
  void thereIsARowOfZeroCountsForATaskWithoutBlocks() throws IOException {
    assertThat(scan(List.of(), PLACES).rows(List.of()))
        .containsExactly(Arrays.asList(0L, null, null, null));
    assertThat(scan(List.of(BlockColumns.PATH), PLACES).rows(List.of())).isEmpty();
  }
}
