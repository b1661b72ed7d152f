package io.diskimage.spark.options;

import io.diskimage.spark.table.TableKind;
import java.util.Arrays;
import java.util.List;

/** Names of tables as users write them. */
public final class TableNames {
  private TableNames() {}

  /**
   * The table of a name, in any case.
   *
   * @throws IllegalArgumentException saying which tables there are
   */
  public static TableKind parse(String name) {
    return TableKind.of(name)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "There is no table "
                        + name
                        + NearNames.suggestion(name, labels())
                        + "; the tables are "
                        + all()));
  }

  /** All names, for messages. */
  static String all() {
    return String.join(", ", labels());
  }

  private static List<String> labels() {
    return Arrays.stream(TableKind.values()).map(TableKind::label).toList();
  }
}
