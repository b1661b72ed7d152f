package io.diskimage.spark.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.AllocationSummary;
import io.diskimage.spark.read.ObjectRow;
import io.diskimage.spark.table.TableKind;
import io.diskimage.spark.table.TableSchemas;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartRowsTest {
  private static final StructType COLUMNS = TableSchemas.columns(TableKind.IMAGES);

  @TempDir private Path location;
  private final long seed = Long.getLong("diskimage.seed", System.nanoTime());
  private final Random random = new Random(seed);

  @Test
  void rowsAreReadAsTheyWereWritten() throws IOException {
    System.out.println("-Ddiskimage.seed=" + seed);
    List<IndexRow> rows = new ArrayList<>();
    for (int i = 0; i < IndexPart.MAX_ROWS + 10; i++) {
      rows.add(row(i));
    }
    List<IndexPart> parts = write(rows);
    assertThat(parts).extracting(IndexPart::rows).containsExactly(IndexPart.MAX_ROWS, 10);

    List<IndexRow> read = new ArrayList<>();
    for (IndexPart part : parts) {
      read.addAll(read(part, IndexSchema.COLUMNS));
    }
    for (int i = 0; i < rows.size(); i++) {
      assertThat(text(read.get(i))).isEqualTo(text(rows.get(i)));
      assertThat(read.get(i).file()).isEqualTo(rows.get(i).file());
    }
  }

  @Test
  void otherColumnsThanThoseAskedForAreNull() throws IOException {
    IndexRow row = row(1);
    row.columns().set("format", "qcow2").set("virtual_size", 7L);
    IndexRow read = read(write(List.of(row)).get(0), List.of("virtual_size")).get(0);
    assertThat(read.file()).isEqualTo(row.file());
    assertThat(read.columns().get(TableSchemas.ordinal(TableKind.IMAGES, "virtual_size")))
        .isEqualTo(7L);
    assertThat(read.columns().get(TableSchemas.ordinal(TableKind.IMAGES, "format"))).isNull();
    assertThat(read.allocation()).isNull();
  }

  @Test
  void equalRegionsAreStoredOnce() throws IOException {
    AllocationSummary.Builder counted = new AllocationSummary.Builder(100 << 20, 1 << 20);
    counted.add(0, 10 << 20);
    counted.add((20 << 20) + 5, 7);
    IndexRow row = IndexRow.opened(row(1).columns(), null, true, counted.build());
    IndexRow read = read(write(List.of(row)).get(0), IndexSchema.COLUMNS).get(0);
    assertThat(read.allocation())
        .isEqualTo(
            new AllocationRuns(
                1 << 20,
                List.of(
                    new AllocationRuns.Run(10, 1 << 20),
                    new AllocationRuns.Run(10, 0),
                    new AllocationRuns.Run(1, 7),
                    new AllocationRuns.Run(79, 0))));
  }

  @Test
  void whatIsDamagedIsAnIoExceptionWhateverParquetMakesOfIt() throws IOException {
    System.out.println("-Ddiskimage.seed=" + seed);
    IndexPart part = write(List.of(row(1), row(2), row(3))).get(0);
    byte[] whole = Files.readAllBytes(location.resolve(part.name()));
    int refused = 0;
    for (int i = 0; i < 2000; i++) {
      byte[] damaged = whole.clone();
      // Most of the file is its footer; the pages stand in front of it.
      int from = random.nextBoolean() ? 0 : damaged.length / 2;
      for (int j = 1 + random.nextInt(3); j > 0; j--) {
        damaged[from + random.nextInt(damaged.length - from)] = (byte) random.nextInt();
      }
      try (PartRows rows = PartRows.open(part, damaged, IndexSchema.COLUMNS)) {
        while (rows.hasNext()) {
          assertThat(rows.next()).isNotNull();
        }
      } catch (IOException damage) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(500);
    assertThatThrownBy(() -> PartRows.open(part, new byte[4], List.of()))
        .isInstanceOf(IOException.class);
  }

  private List<IndexPart> write(List<IndexRow> rows) throws IOException {
    Configuration conf = new Configuration();
    String generation = IndexGeneration.begin(location.toString(), conf).name();
    try (PartWriter writer = new PartWriter(location.toString(), generation, conf)) {
      for (IndexRow row : rows) {
        writer.add(row);
      }
      return writer.finish();
    }
  }

  private List<IndexRow> read(IndexPart part, List<String> columns) throws IOException {
    byte[] content = new IndexDirectory(location.toString(), new Configuration()).part(part);
    List<IndexRow> rows = new ArrayList<>();
    try (PartRows read = PartRows.open(part, content, columns)) {
      while (read.hasNext()) {
        rows.add(read.next());
      }
    }
    return rows;
  }

  private IndexRow row(int i) {
    ObjectRow columns = new ObjectRow(TableKind.IMAGES);
    for (StructField field : COLUMNS.fields()) {
      if (random.nextInt(5) > 0) {
        columns.set(field.name(), value(field.dataType()));
      }
    }
    columns.set("path", "file:/" + i).set("host_size", random.nextLong());
    columns.set("modified", random.nextInt() * 1000L);
    AllocationSummary.Builder counted = new AllocationSummary.Builder(1 << 20, 1 << 16);
    counted.add(random.nextInt(1 << 19), random.nextInt(1 << 19));
    String etag = random.nextBoolean() ? null : "etag " + i;
    return random.nextInt(4) == 0
        ? IndexRow.refused(columns, etag, random.nextBoolean())
        : IndexRow.opened(
            columns, etag, random.nextBoolean(), random.nextBoolean() ? null : counted.build());
  }

  private Object value(DataType type) {
    if (type instanceof StringType) {
      return UTF8String.fromString("\u00e4 " + random.nextInt(1000));
    }
    if (type instanceof BooleanType) {
      return random.nextBoolean();
    }
    if (type instanceof ArrayType array) {
      return random.ints(random.nextInt(4)).mapToObj(i -> value(array.elementType())).toList();
    }
    if (type instanceof MapType map) {
      Map<Object, Object> entries = new LinkedHashMap<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        entries.put(value(map.keyType()), random.nextBoolean() ? null : value(map.valueType()));
      }
      return entries;
    }
    if (type instanceof StructType struct) {
      return Arrays.stream(struct.fields())
          .map(field -> random.nextBoolean() ? null : value(field.dataType()))
          .toArray();
    }
    return random.nextLong();
  }

  private static String text(IndexRow row) {
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < COLUMNS.length(); i++) {
      Object value = row.columns().get(i);
      values.add(value instanceof Object[] struct ? Arrays.asList(struct) : value);
    }
    return values + " " + row.etag() + row.opened() + row.settled() + row.allocation();
  }
}
