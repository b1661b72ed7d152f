package io.diskimage.spark.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.Limits;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.spark.cache.ImageCache;
import io.diskimage.spark.io.ImageInputs;
import io.diskimage.spark.metrics.ScanMetric;
import io.diskimage.spark.options.ChainMode;
import io.diskimage.spark.options.ReadMode;
import io.diskimage.spark.options.ReadOptions;
import io.diskimage.spark.options.TimeTravel;
import io.diskimage.spark.options.UnallocatedMode;
import io.diskimage.spark.plan.AggregateSpec;
import io.diskimage.spark.plan.ImageFile;
import io.diskimage.spark.plan.ImageSlice;
import io.diskimage.spark.plan.ParentIndex;
import io.diskimage.spark.plan.RowFilter;
import io.diskimage.spark.plan.SampleSpec;
import io.diskimage.spark.plan.ScanSpec;
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
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.metric.CustomTaskMetric;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.apache.spark.util.SerializableConfiguration;

/** Scans described step by step and read without planning, one reader after another. */
final class Scans {
  private TableKind table = TableKind.BLOCKS;
  private int blockSize;
  private UnallocatedMode unallocated = UnallocatedMode.NULL;
  private ChainMode chain = ChainMode.TOP;
  private ReadMode mode = ReadMode.FAILFAST;
  private CheckLevel level = CheckLevel.METADATA;
  private Limits limits = Limits.DEFAULT;
  private String snapshot;
  private Long asOfMicros;
  private String changesFrom;
  private String bitmap;
  private RowFilter filter = TestFilter.ALL;
  private SampleSpec sample;
  private int limit = -1;
  private AggregateSpec aggregate;
  private List<String> chainRoots = List.of();
  private ParentIndex parents = ParentIndex.NONE;
  private StructType schema;
  private final Configuration conf = new Configuration();
  private final Map<String, Long> metrics = new HashMap<>();

  static Scans of(TableKind table, String... columns) {
    Scans scan = new Scans();
    scan.table = table;
    scan.schema = new StructType();
    StructType full = TableSchemas.full(table);
    for (String column : columns) {
      scan.schema = scan.schema.add(full.apply(column));
    }
    return scan;
  }

  Scans blockSize(int bytes) {
    blockSize = bytes;
    return this;
  }

  Scans unallocated(UnallocatedMode value) {
    unallocated = value;
    return this;
  }

  Scans mode(ReadMode value) {
    mode = value;
    return this;
  }

  Scans level(CheckLevel value) {
    level = value;
    return this;
  }

  Scans maxFindings(int rows) {
    limits = limits.withFindings(rows);
    return this;
  }

  Scans limits(Limits value) {
    limits = value;
    return this;
  }

  Scans snapshot(String value) {
    snapshot = value;
    return this;
  }

  Scans asOfMicros(long value) {
    asOfMicros = value;
    return this;
  }

  Scans bitmap(String value) {
    bitmap = value;
    return this;
  }

  Scans changesFrom(String value) {
    changesFrom = value;
    return this;
  }

  Scans filter(RowFilter value) {
    filter = value;
    return this;
  }

  Scans sample(SampleSpec value) {
    sample = value;
    return this;
  }

  Scans limit(int rows) {
    limit = rows;
    return this;
  }

  Scans chainRoots(String... roots) {
    chainRoots = List.of(roots);
    return this;
  }

  Scans conf(String key, String value) {
    conf.set(key, value);
    return this;
  }

  /** Follows chains below some directories. */
  Scans follow(String... roots) {
    chain = ChainMode.FOLLOW;
    return chainRoots(roots);
  }

  Scans aggregate(AggregateSpec value, StructType output) {
    aggregate = value;
    schema = output;
    return this;
  }

  /** Value of a metric, summed over all readers so far. */
  long metric(ScanMetric metric) {
    return metrics.getOrDefault(metric.label(), 0L);
  }

  static ImageFile listed(Path file) throws IOException {
    return new ImageFile(
        "file:" + file.toAbsolutePath(),
        Files.size(file),
        Files.getLastModifiedTime(file).toMillis());
  }

  /** All slices of some files, cut into as many as asked for. */
  static List<ImageSlice> slices(int count, Path... files) throws IOException {
    List<ImageSlice> slices = new ArrayList<>();
    for (Path file : files) {
      for (int k = 0; k < count; k++) {
        slices.add(new ImageSlice(listed(file), k, count));
      }
    }
    return slices;
  }

  /** A reader of some slices. */
  TableReader reader(List<ImageSlice> slices) {
    ReadOptions options =
        new ReadOptions(
            table,
            null,
            false,
            blockSize,
            unallocated,
            chain,
            snapshot,
            asOfMicros,
            changesFrom == null ? null : new TimeTravel(changesFrom, null),
            bitmap,
            mode,
            level,
            limits,
            128 << 20,
            4 << 20,
            10000,
            Map.of(),
            null);
    ScanSpec spec =
        new ScanSpec(
            options,
            schema,
            filter,
            sample,
            limit,
            aggregate,
            chainRoots,
            parents,
            new SerializableConfiguration(conf));
    return ImageReaderFactory.reader(spec, slices);
  }

  /** The rows of one reader over some slices; text as String, everything else as Spark has it. */
  List<List<Object>> rows(List<ImageSlice> slices) throws IOException {
    List<List<Object>> rows = new ArrayList<>();
    try (TableReader reader = reader(slices)) {
      while (reader.next()) {
        ColumnarBatch batch = reader.get();
        assertThat(reader.get()).isSameAs(batch);
        for (int i = 0; i < batch.numRows(); i++) {
          rows.add(values(batch.getRow(i), schema));
        }
        batch.closeIfFreeable();
      }
      assertThat(reader.next()).isFalse();
      for (CustomTaskMetric metric : reader.currentMetricsValues()) {
        metrics.merge(metric.name(), metric.value(), Long::sum);
      }
    }
    return rows;
  }

  /** The rows of files cut into slices, each slice read by a reader of its own. */
  List<List<Object>> rowsBySlice(int count, Path... files) throws IOException {
    List<List<Object>> rows = new ArrayList<>();
    for (ImageSlice slice : slices(count, files)) {
      rows.addAll(rows(List.of(slice)));
    }
    return rows;
  }

  static List<Object> values(InternalRow row, StructType schema) {
    Object[] values = new Object[schema.length()];
    for (int i = 0; i < values.length; i++) {
      Object value = row.isNullAt(i) ? null : row.get(i, schema.apply(i).dataType());
      if (value instanceof InternalRow struct) {
        value = values(struct, (StructType) schema.apply(i).dataType());
      } else if (value != null && !(value instanceof byte[])) {
        value = value instanceof Number || value instanceof Boolean ? value : value.toString();
      }
      values[i] = value;
    }
    return Arrays.asList(values);
  }

  /** Nothing may stay open once the cache is emptied. */
  static void assertNothingOpen() {
    ImageCache.get().clear();
    assertThat(ImageCache.get().stats().leases()).isZero();
    assertThat(ImageCache.get().stats().images()).isZero();
    assertThat(ImageInputs.open()).isZero();
  }
}
