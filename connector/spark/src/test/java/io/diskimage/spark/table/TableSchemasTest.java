package io.diskimage.spark.table;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

class TableSchemasTest {
  private static final Pattern STATEMENT =
      Pattern.compile("CREATE TABLE (\\w+) \\((.*?)\\n\\);", Pattern.DOTALL);

  @Test
  void everyTableHasTheSchemaOfTheDdlFileAndTheFileHasNoOther() throws IOException {
    Map<String, StructType> inCode = new HashMap<>();
    for (TableKind table : TableKind.values()) {
      inCode.put(table.label(), TableSchemas.columns(table));
      if (!TableSchemas.metadata(table).isEmpty()) {
        inCode.put(table.label() + "_metadata", TableSchemas.metadata(table));
      }
    }
    assertThat(ddl()).isEqualTo(inCode);
  }

  @Test
  void onlyThePathIsNeverNull() {
    for (TableKind table : TableKind.values()) {
      for (var field : TableSchemas.full(table).fields()) {
        assertThat(field.nullable()).as(field.name()).isEqualTo(!field.name().equals("path"));
      }
    }
  }

  @Test
  void ordinalsCountMetadataColumnsBehindTheOthers() {
    assertThat(TableSchemas.ordinal(TableKind.BLOCKS, "path")).isZero();
    assertThat(TableSchemas.ordinal(TableKind.BLOCKS, "data")).isEqualTo(4);
    assertThat(TableSchemas.ordinal(TableKind.BLOCKS, "_kind")).isEqualTo(5);
    assertThat(TableSchemas.ordinal(TableKind.EXTENTS, "_error")).isEqualTo(10);
    for (TableKind table : TableKind.values()) {
      StructType full = TableSchemas.full(table);
      for (int i = 0; i < full.length(); i++) {
        assertThat(TableSchemas.ordinal(table, full.apply(i).name())).isEqualTo(i);
        assertThat(TableSchemas.type(table, i)).isEqualTo(full.apply(i).dataType());
      }
    }
  }

  @Test
  void aColumnThatATableDoesNotHaveIsAnError() {
    assertThatThrownBy(() -> TableSchemas.ordinal(TableKind.IMAGES, "data"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("data");
  }

  private static Map<String, StructType> ddl() throws IOException {
    String text;
    try (InputStream in =
        TableSchemas.class.getResourceAsStream("/io/diskimage/spark/tables.sql")) {
      text = new String(in.readAllBytes(), UTF_8);
    }
    Map<String, StructType> tables = new HashMap<>();
    Matcher statement = STATEMENT.matcher(text);
    while (statement.find()) {
      tables.put(statement.group(1), StructType.fromDDL(statement.group(2)));
    }
    return tables;
  }
}
