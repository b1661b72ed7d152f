package io.diskimage.spark.procedures;

import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.catalog.procedures.ProcedureParameter;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.types.DataTypes;

/**
 * {@code check(path, level, limit)}: the check of all images under a path, summed up, and the worst
 * of them.
 *
 * @param catalog name of the catalog whose tables it reads
 */
record CheckProcedure(String catalog) implements FleetProcedure {
  /** More rows than anybody reads, and few enough for the memory of a driver. */
  static final int MAX_LIMIT = 100_000;

  private static final int PATH = 0;
  private static final int LEVEL = 1;
  private static final int LIMIT = 2;

  @Override
  public String name() {
    return "check";
  }

  @Override
  public String description() {
    return "Checks the images under a path: what their checks come to, then the worst images";
  }

  @Override
  public ProcedureParameter[] parameters() {
    return new ProcedureParameter[] {
      ProcedureParameter.in("path", DataTypes.StringType)
          .comment("file, directory or glob")
          .build(),
      ProcedureParameter.in("level", DataTypes.StringType)
          .comment("header, metadata or full; NULL for the option level of session or catalog")
          .defaultValue("NULL")
          .build(),
      ProcedureParameter.in("limit", DataTypes.IntegerType)
          .comment("images that are listed, at most " + MAX_LIMIT)
          .defaultValue("1000")
          .build()
    };
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException for arguments that are not allowed
   */
  @Override
  public Iterator<Scan> call(InternalRow input) {
    String path = text(input, PATH, "a file, a directory or a glob");
    if (input.isNullAt(LIMIT) || input.getInt(LIMIT) < 0 || input.getInt(LIMIT) > MAX_LIMIT) {
      throw refusal(
          "limit",
          input.isNullAt(LIMIT) ? "nothing" : input.getInt(LIMIT),
          "a number from 0 to " + MAX_LIMIT);
    }
    FleetCheck check =
        new FleetCheck(
            catalog, path, input.isNullAt(LEVEL) ? null : input.getUTF8String(LEVEL).toString());
    return List.<Scan>of(check.run(input.getInt(LIMIT))).iterator();
  }
}
