package io.diskimage.spark.options;

import io.diskimage.spark.table.TableKind;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.spark.sql.connector.catalog.TableCatalog;
import org.apache.spark.sql.internal.SQLConf;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Options by precedence: those of the read ({@code .option}, {@code WITH}), those of the session
 * ({@code spark.datasource.diskimage.*}), those of the catalog. An option that does not apply to
 * the table is an error in the first layer and without effect in the others.
 */
public final class OptionLayers {
  private static final String SESSION_PREFIX = "spark.datasource.diskimage.";

  /** Keys that are no option of ours but of the read itself. */
  private static final Set<String> EXEMPT =
      Set.of(OptionPaths.PATH, OptionPaths.PATHS, "versionasof", "timestampasof");

  /** What Spark adds to the properties of a table created in its own catalog. */
  private static final Set<String> SPARK_PROPERTIES =
      Set.of(
          TableCatalog.PROP_LOCATION,
          TableCatalog.PROP_IS_MANAGED_LOCATION,
          TableCatalog.PROP_EXTERNAL,
          TableCatalog.PROP_TABLE_TYPE,
          TableCatalog.PROP_COMMENT,
          TableCatalog.PROP_COLLATION,
          TableCatalog.PROP_PROVIDER,
          TableCatalog.PROP_OWNER);

  private final Map<String, String> read = new HashMap<>();
  private final Map<String, String> session = new HashMap<>();
  private final Map<String, String> catalog = new HashMap<>();
  private final Map<String, String> hadoop = new HashMap<>();

  private OptionLayers() {}

  /**
   * Options of a read without a catalog.
   *
   * @param options of the reader, or properties of a table in Spark's own catalog
   * @throws IllegalArgumentException for a key that is no option
   */
  public static OptionLayers ofReader(Map<String, String> options) {
    OptionLayers layers = new OptionLayers();
    layers.addSession();
    for (Map.Entry<String, String> option : options.entrySet()) {
      String key = option.getKey();
      if (!SPARK_PROPERTIES.contains(key) && !key.startsWith(TableCatalog.OPTION_PREFIX)) {
        layers.add(layers.read, key, option.getValue(), true);
      }
    }
    return layers;
  }

  /**
   * Options of a table of a catalog.
   *
   * @throws IllegalArgumentException for a key that is no option
   */
  public static OptionLayers ofCatalog(Map<String, String> properties) {
    OptionLayers layers = new OptionLayers();
    for (Map.Entry<String, String> property : properties.entrySet()) {
      layers.add(layers.catalog, property.getKey(), property.getValue(), false);
    }
    layers.addSession();
    return layers;
  }

  /**
   * These layers with more options of the read, which win over those it had.
   *
   * @throws IllegalArgumentException for a key that is no option
   */
  public OptionLayers with(Map<String, String> options) {
    OptionLayers layers = new OptionLayers();
    layers.read.putAll(read);
    layers.session.putAll(session);
    layers.catalog.putAll(catalog);
    layers.hadoop.putAll(hadoop);
    options.forEach((key, value) -> layers.add(layers.read, key, value, true));
    return layers;
  }

  /** The table that the options of a read without a catalog name. */
  public TableKind table() {
    return value(OptionRegistry.TABLE, OptionRegistry.TABLE.defaultValue());
  }

  /** Paths of the read. */
  public List<String> paths() {
    return OptionPaths.of(read);
  }

  /**
   * Everything parsed, of all of a state.
   *
   * @throws IllegalArgumentException as {@link #resolve(TableKind, List, ReadState)}
   */
  public ScanOptions resolve(TableKind table, List<String> paths, TimeTravel pinned) {
    return resolve(table, paths, ReadState.at(pinned));
  }

  /**
   * Everything parsed.
   *
   * @param table that is read; an option {@code table} of the read must agree
   * @param paths that are read
   * @param pinned the state that the table is already at
   * @throws IllegalArgumentException naming option and value, for a value that is not allowed or an
   *     option that the table does not know
   */
  public ScanOptions resolve(TableKind table, List<String> paths, ReadState pinned) {
    for (String key : read.keySet()) {
      OptionRegistry.find(key)
          .filter(option -> !option.appliesTo(table))
          .ifPresent(
              option -> {
                throw new IllegalArgumentException(
                    "Option "
                        + option.name()
                        + " does not apply to table "
                        + table.label()
                        + " but to "
                        + option.tables());
              });
    }
    if (read.containsKey(OptionRegistry.TABLE.name()) && table() != table) {
      throw new IllegalArgumentException(
          "Option table: '"
              + read.get(OptionRegistry.TABLE.name())
              + "', but the table read is "
              + table.label());
    }
    ReadState state = state(table, pinned);
    String vhdSize = value(OptionRegistry.VHD_SIZE, table);
    return new ScanOptions(
        new ReadOptions(
            table,
            value(OptionRegistry.IMAGE_FORMAT, table).orElse(null),
            value(OptionRegistry.PROBE_FOOTER, table),
            value(OptionRegistry.BLOCK_SIZE, table),
            value(OptionRegistry.UNALLOCATED, table),
            value(OptionRegistry.CHAIN, table),
            state.at().snapshot(),
            state.at().asOfMicros(),
            state.changesFrom(),
            bitmap(table, state),
            value(OptionRegistry.MODE, table),
            value(OptionRegistry.LEVEL, table),
            LimitOptions.limits(option -> value(option, table)),
            value(OptionRegistry.MAX_PARTITION_BYTES, table),
            value(OptionRegistry.OPEN_COST, table),
            value(OptionRegistry.MAX_PARTITIONS, table),
            vhdSize == null ? Map.of() : Map.of(OptionRegistry.VHD_SIZE.name(), vhdSize),
            value(OptionRegistry.PASSWORD_PROVIDER, table)),
        new ListingOptions(
            value(OptionRegistry.RECURSIVE, table),
            value(OptionRegistry.PATH_GLOB, table),
            value(OptionRegistry.MODIFIED_BEFORE, table),
            value(OptionRegistry.MODIFIED_AFTER, table)),
        paths,
        value(OptionRegistry.CHAIN_ROOTS, table),
        value(OptionRegistry.INDEX, table),
        hadoop);
  }

  /** A bitmap says what is dirty in the active disk. */
  private String bitmap(TableKind table, ReadState state) {
    String bitmap = value(OptionRegistry.BITMAP, table);
    if (bitmap != null && state.isSet()) {
      throw new IllegalArgumentException(
          "Option bitmap: '" + bitmap + "' is of the active disk, but the table is at " + state);
    }
    return bitmap;
  }

  private ReadState state(TableKind table, ReadState pinned) {
    ReadOption<?>[] states = {
      OptionRegistry.SNAPSHOT,
      OptionRegistry.VERSION_AS_OF,
      OptionRegistry.TIMESTAMP_AS_OF,
      OptionRegistry.CHANGES_FROM
    };
    List<String> given =
        Arrays.stream(states).filter(this::isOfRead).map(ReadOption::name).toList();
    if (!OptionRegistry.SNAPSHOT.appliesTo(table) && (pinned.isSet() || !given.isEmpty())) {
      throw new IllegalArgumentException(
          "Table "
              + table.label()
              + " has no snapshots to travel to ("
              + (pinned.isSet() ? pinned.toString() : String.join(", ", given))
              + "); "
              + OptionRegistry.SNAPSHOT.tables()
              + " have");
    }
    if (pinned.isSet()) {
      return pinned(pinned, given);
    }
    if (given.size() > 1) {
      throw new IllegalArgumentException(
          "Options " + String.join(" and ", given) + " exclude each other");
    }
    if (isOfRead(OptionRegistry.TIMESTAMP_AS_OF)) {
      requireNoEnd(given);
      return ReadState.at(new TimeTravel(null, value(OptionRegistry.TIMESTAMP_AS_OF, table)));
    }
    String snapshot = value(OptionRegistry.SNAPSHOT, table);
    String from = value(OptionRegistry.CHANGES_FROM, table);
    String version = value(OptionRegistry.VERSION_AS_OF, table);
    if (from != null && (given.isEmpty() || isOfRead(OptionRegistry.CHANGES_FROM))) {
      if (given.isEmpty() && snapshot != null) {
        throw new IllegalArgumentException(
            "Options snapshot and changesFrom exclude each other, also in the session");
      }
      return new ReadState(
          new TimeTravel(value(OptionRegistry.CHANGES_TO, table), null),
          new TimeTravel(from, null));
    }
    requireNoEnd(given);
    return ReadState.at(new TimeTravel(version != null ? version : snapshot, null));
  }

  private ReadState pinned(ReadState pinned, List<String> given) {
    // Spark makes VERSION AS OF of the option versionAsOf, and leaves the option in place.
    for (ReadOption<?> option :
        List.of(OptionRegistry.SNAPSHOT, OptionRegistry.CHANGES_FROM, OptionRegistry.CHANGES_TO)) {
      if (isOfRead(option)) {
        throw new IllegalArgumentException(
            "Option " + option.name() + ": the table is already at " + pinned);
      }
    }
    if (pinned.changesFrom() != null && !given.isEmpty()) {
      throw new IllegalArgumentException(
          "Option " + given.get(0) + ": the table is already at " + pinned);
    }
    return pinned;
  }

  /** Changes end somewhere only if they begin somewhere. */
  private void requireNoEnd(List<String> given) {
    if (isOfRead(OptionRegistry.CHANGES_TO)) {
      throw new IllegalArgumentException(
          "Option changesTo "
              + (given.isEmpty() ? "needs changesFrom" : "does not go with " + given.get(0)));
    }
  }

  private boolean isOfRead(ReadOption<?> option) {
    return read.containsKey(lower(option.name()));
  }

  private <T> T value(ReadOption<T> option, TableKind table) {
    String key = lower(option.name());
    String written = read.get(key);
    if (written == null && option.appliesTo(table)) {
      written = session.getOrDefault(key, catalog.get(key));
    }
    return written == null ? option.defaultValue() : option.parse(written);
  }

  private void add(Map<String, String> layer, String key, String value, boolean ofRead) {
    String name = lower(key);
    if (key.indexOf('.') >= 0) {
      hadoop.put(key, value);
    } else if (OptionRegistry.find(key).isPresent() || (ofRead && EXEMPT.contains(name))) {
      layer.put(name, value);
    } else {
      throw refusal(key);
    }
  }

  private static IllegalArgumentException refusal(String key) {
    return new IllegalArgumentException(
        "Unknown option "
            + key
            + NearNames.suggestion(key, OptionRegistry.names())
            + "; the options are "
            + String.join(", ", OptionRegistry.names()));
  }

  private static String lower(String key) {
    return key.toLowerCase(Locale.ROOT);
  }

  private void addSession() {
    CollectionConverters.asJava(SQLConf.get().getAllConfs())
        .forEach(
            (key, value) -> {
              if (key.startsWith(SESSION_PREFIX)) {
                add(session, key.substring(SESSION_PREFIX.length()), value, false);
              }
            });
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof OptionLayers that
        && read.equals(that.read)
        && session.equals(that.session)
        && catalog.equals(that.catalog)
        && hadoop.equals(that.hadoop);
  }

  @Override
  public int hashCode() {
    return Objects.hash(read, session, catalog, hadoop);
  }
}
