package io.diskimage.spark.procedures;

import io.diskimage.spark.options.OptionLayers;
import io.diskimage.spark.options.TimeTravel;
import io.diskimage.spark.plan.IndexBuild;
import io.diskimage.spark.table.TableKind;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.catalog.procedures.ProcedureParameter;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * {@code build_index(path, index)}: looks at all images under a path that an index does not know as
 * they are, and writes the index anew.
 *
 * @param options of the catalog and the session
 */
record BuildIndexProcedure(OptionLayers options) implements FleetProcedure {
  private static final int PATH = 0;
  private static final int INDEX = 1;

  private static final StructType RESULT =
      new StructType()
          .add("images", DataTypes.LongType)
          .add("carried", DataTypes.LongType)
          .add("opened", DataTypes.LongType)
          .add("failed", DataTypes.LongType)
          .add("files", DataTypes.LongType)
          .add("bytes", DataTypes.LongType);

  @Override
  public String name() {
    return "build_index";
  }

  @Override
  public String description() {
    return "Writes or renews the index of the images under a path; what it knows is not opened";
  }

  @Override
  public ProcedureParameter[] parameters() {
    return new ProcedureParameter[] {
      ProcedureParameter.in("path", DataTypes.StringType)
          .comment("file, directory or glob")
          .build(),
      ProcedureParameter.in("index", DataTypes.StringType)
          .comment("directory of the index; the option index of a read names it")
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
    List<String> paths = List.of(text(input, PATH, "a file, a directory or a glob"));
    String index = text(input, INDEX, "a directory");
    IndexBuild.Result built =
        new IndexBuild(options.resolve(TableKind.IMAGES, paths, TimeTravel.NONE)).run(index);
    Object[] row = {
      built.images(), built.carried(), built.opened(), built.failed(), built.files(), built.bytes()
    };
    return List.<Scan>of(new LocalRows(RESULT, List.<Object[]>of(row))).iterator();
  }
}
