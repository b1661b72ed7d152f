package io.diskimage.spark;

import io.diskimage.spark.options.OptionLayers;
import io.diskimage.spark.options.TimeTravel;
import io.diskimage.spark.table.TableSchemas;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableProvider;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.sources.DataSourceRegister;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * {@code spark.read.format("diskimage")}: one of the tables, chosen by the option {@code table}, of
 * the images under one or several paths. It works without a catalog.
 */
public final class DiskImageSource implements TableProvider, DataSourceRegister {
  /** Name of the format. */
  public static final String SHORT_NAME = "diskimage";

  @Override
  public String shortName() {
    return SHORT_NAME;
  }

  @Override
  public StructType inferSchema(CaseInsensitiveStringMap options) {
    return TableSchemas.columns(OptionLayers.ofReader(options.asCaseSensitiveMap()).table());
  }

  @Override
  public Table getTable(
      StructType schema, Transform[] partitioning, Map<String, String> properties) {
    OptionLayers options = OptionLayers.ofReader(properties);
    List<String> paths = options.paths();
    if (paths.isEmpty()) {
      throw new IllegalArgumentException(
          "No path is given: use load(path), load(path, ...) or the option path");
    }
    return new DiskImageTable(options.table(), paths, options, TimeTravel.NONE);
  }
}
