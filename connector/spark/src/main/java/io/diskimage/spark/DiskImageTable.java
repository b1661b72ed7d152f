package io.diskimage.spark;

import io.diskimage.spark.options.OptionLayers;
import io.diskimage.spark.options.ScanOptions;
import io.diskimage.spark.options.TimeTravel;
import io.diskimage.spark.plan.ImageScanBuilder;
import io.diskimage.spark.table.TableKind;
import io.diskimage.spark.table.TableSchemas;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.connector.catalog.Column;
import org.apache.spark.sql.connector.catalog.MetadataColumn;
import org.apache.spark.sql.connector.catalog.SupportsMetadataColumns;
import org.apache.spark.sql.connector.catalog.SupportsRead;
import org.apache.spark.sql.connector.catalog.TableCapability;
import org.apache.spark.sql.connector.catalog.TableCatalog;
import org.apache.spark.sql.connector.read.ScanBuilder;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * One table of the images under some paths. Making it touches no file.
 *
 * @param kind which table
 * @param paths files, directories and globs
 * @param options of the table, without those of a single read
 * @param travel the snapshot it is at
 */
record DiskImageTable(TableKind kind, List<String> paths, OptionLayers options, TimeTravel travel)
    implements SupportsRead, SupportsMetadataColumns {

  DiskImageTable {
    paths = List.copyOf(paths);
    // What is wrong with the options is said when the table is made, not when it is first read.
    options.resolve(kind, paths, travel);
  }

  @Override
  public String name() {
    return DiskImageSource.SHORT_NAME + " " + kind.label() + " " + location();
  }

  /** What Spark 4.0 to 4.2 ask for; {@link #columns} is what replaces it. */
  @Override
  @SuppressWarnings("deprecation")
  public StructType schema() {
    return TableSchemas.columns(kind);
  }

  @Override
  public Column[] columns() {
    return Arrays.stream(TableSchemas.columns(kind).fields())
        .map(field -> Column.create(field.name(), field.dataType(), field.nullable()))
        .toArray(Column[]::new);
  }

  @Override
  public MetadataColumn[] metadataColumns() {
    return Arrays.stream(TableSchemas.metadata(kind).fields())
        .map(HiddenColumn::new)
        .toArray(MetadataColumn[]::new);
  }

  @Override
  public Set<TableCapability> capabilities() {
    return EnumSet.of(TableCapability.BATCH_READ);
  }

  @Override
  public Map<String, String> properties() {
    return Map.of(
        TableCatalog.PROP_PROVIDER,
        DiskImageSource.SHORT_NAME,
        TableCatalog.PROP_EXTERNAL,
        "true",
        TableCatalog.PROP_LOCATION,
        location());
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException for options that are not allowed
   */
  @Override
  public ScanBuilder newScanBuilder(CaseInsensitiveStringMap readOptions) {
    OptionLayers all = options.with(readOptions.asCaseSensitiveMap());
    List<String> named = all.paths();
    if (!named.isEmpty() && !named.equals(paths)) {
      throw new IllegalArgumentException(
          "Option path: " + named + ", but the table read is that of " + paths);
    }
    ScanOptions scan = all.resolve(kind, paths, travel);
    return new ImageScanBuilder(scan);
  }

  private String location() {
    return String.join(", ", paths);
  }

  private record HiddenColumn(StructField field) implements MetadataColumn {
    @Override
    public String name() {
      return field.name();
    }

    @Override
    public DataType dataType() {
      return field.dataType();
    }

    @Override
    public boolean isNullable() {
      return field.nullable();
    }
  }
}
