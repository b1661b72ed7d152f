package io.diskimage.spark.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.spark.table.TableKind;
import io.diskimage.spark.table.TableSchemas;
import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.Locale;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ColumnOrdinalsTest {
  private static String[] namesByOrdinal(Class<?> constants) throws IllegalAccessException {
    TreeMap<Integer, String> names = new TreeMap<>();
    for (Field constant : constants.getDeclaredFields()) {
      names.put(constant.getInt(null), constant.getName().toLowerCase(Locale.ROOT));
    }
    assertThat(names.lastKey()).isEqualTo(names.size() - 1);
    return names.values().toArray(String[]::new);
  }

  private static String[] schema(TableKind table) {
    return Arrays.stream(TableSchemas.full(table).fieldNames())
        .map(name -> name.startsWith("_") ? name.substring(1) : name)
        .toArray(String[]::new);
  }

  @Test
  void constantsAreThePlacesInTheSchemas() throws IllegalAccessException {
    assertThat(namesByOrdinal(BlockColumns.class)).isEqualTo(schema(TableKind.BLOCKS));
    assertThat(namesByOrdinal(ExtentColumns.class)).isEqualTo(schema(TableKind.EXTENTS));
  }
}
