package io.diskimage.spark;

import io.diskimage.spark.options.OptionLayers;
import io.diskimage.spark.options.ReadState;
import io.diskimage.spark.options.TimeTravel;
import io.diskimage.spark.plan.ImageScanBuilder;
import io.diskimage.spark.table.TableKind;
import io.diskimage.spark.table.TableSchemas;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.connector.catalog.Changelog;
import org.apache.spark.sql.connector.catalog.ChangelogContext;
import org.apache.spark.sql.connector.catalog.ChangelogRange;
import org.apache.spark.sql.connector.catalog.Column;
import org.apache.spark.sql.connector.read.ScanBuilder;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * The blocks that changed between two states of the images under a path, for {@code CHANGES} of
 * Spark 4.2 and later; older releases never load this class.
 *
 * <p>Versions are states of a disk, not commits: the range goes from what the disk was at the first
 * to what it was at the second, whether the first bound is inclusive or not. A block gives at most
 * one row, with its content at the end: {@code update_postimage}, or {@code insert} where the disk
 * had become longer. There are no rows of what a block was before; the table {@code VERSION AS OF}
 * the start has it.
 *
 * @param paths files, directories and globs
 * @param options of the read
 * @param state first and last state
 */
record DiskImageChangelog(List<String> paths, OptionLayers options, ReadState state)
    implements Changelog {
  private static final Set<String> COLUMNS =
      Set.of("_change_type", "_commit_version", "_commit_timestamp");

  /** Options of a read of changes, which Spark takes for itself and hands on nevertheless. */
  private static final Set<String> OF_SPARK =
      Set.of(
          "startingversion",
          "endingversion",
          "startingtimestamp",
          "endingtimestamp",
          "startingboundinclusive",
          "endingboundinclusive",
          "deduplicationmode",
          "computeupdates");

  DiskImageChangelog {
    paths = List.copyOf(paths);
    options.resolve(TableKind.BLOCKS, paths, state);
  }

  /**
   * The changes of a table.
   *
   * @throws IllegalArgumentException for a table other than {@code blocks}, and for a range whose
   *     end is not a state
   */
  static Changelog of(
      PathTable table,
      OptionLayers layers,
      ChangelogContext context,
      CaseInsensitiveStringMap readOptions) {
    if (table.kind() != TableKind.BLOCKS) {
      throw new IllegalArgumentException(
          "CHANGES is of table blocks; table "
              + table.kind().label()
              + " has no versions, or the options changesFrom and changesTo");
    }
    return new DiskImageChangelog(
        List.of(table.path()), layers.with(ours(readOptions)), stateOf(context.range()));
  }

  private static ReadState stateOf(ChangelogRange range) {
    if (range instanceof ChangelogRange.VersionRange versions) {
      requireState(range, versions.endingVersion().isPresent());
      return new ReadState(
          new TimeTravel(versions.endingVersion().orElse(null), null),
          new TimeTravel(versions.startingVersion(), null));
    }
    if (range instanceof ChangelogRange.TimestampRange times) {
      requireState(range, times.endingTimestamp().isPresent());
      return new ReadState(
          new TimeTravel(null, times.endingTimestamp().orElse(null)),
          new TimeTravel(null, times.startingTimestamp()));
    }
    throw new IllegalArgumentException("Changes of disk images need a version or time to start at");
  }

  private static void requireState(ChangelogRange range, boolean hasEnd) {
    if (hasEnd && !range.endingBoundInclusive()) {
      throw new IllegalArgumentException(
          "Changes of disk images end at a snapshot: its bound cannot be exclusive");
    }
  }

  private static Map<String, String> ours(CaseInsensitiveStringMap readOptions) {
    return readOptions.asCaseSensitiveMap().entrySet().stream()
        .filter(option -> !OF_SPARK.contains(option.getKey().toLowerCase(Locale.ROOT)))
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  @Override
  public String name() {
    return DiskImageSource.SHORT_NAME + " " + String.join(", ", paths) + " " + state;
  }

  @Override
  public Column[] columns() {
    return Arrays.stream(schema().fields())
        .map(field -> Column.create(field.name(), field.dataType(), field.nullable()))
        .toArray(Column[]::new);
  }

  private static StructType schema() {
    StructType schema = TableSchemas.columns(TableKind.BLOCKS);
    for (StructField field : TableSchemas.metadata(TableKind.BLOCKS).fields()) {
      if (COLUMNS.contains(field.name())) {
        schema = schema.add(field);
      }
    }
    return schema;
  }

  @Override
  public boolean containsCarryoverRows() {
    return false;
  }

  @Override
  public boolean containsIntermediateChanges() {
    return false;
  }

  @Override
  public boolean representsUpdateAsDeleteAndInsert() {
    return false;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException for options that are not allowed
   */
  @Override
  public ScanBuilder newScanBuilder(CaseInsensitiveStringMap readOptions) {
    ImageScanBuilder builder =
        new ImageScanBuilder(
            options.with(ours(readOptions)).resolve(TableKind.BLOCKS, paths, state));
    builder.pruneColumns(schema());
    return builder;
  }
}
