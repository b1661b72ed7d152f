package io.diskimage.spark;

import io.diskimage.spark.options.OptionLayers;
import io.diskimage.spark.options.TimeTravel;
import io.diskimage.spark.plan.PathCheck;
import io.diskimage.spark.procedures.Procedures;
import io.diskimage.spark.table.TableKind;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.analysis.NoSuchNamespaceException;
import org.apache.spark.sql.catalyst.analysis.NoSuchTableException;
import org.apache.spark.sql.connector.catalog.Changelog;
import org.apache.spark.sql.connector.catalog.ChangelogContext;
import org.apache.spark.sql.connector.catalog.Column;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.NamespaceChange;
import org.apache.spark.sql.connector.catalog.ProcedureCatalog;
import org.apache.spark.sql.connector.catalog.SupportsNamespaces;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableCatalog;
import org.apache.spark.sql.connector.catalog.TableChange;
import org.apache.spark.sql.connector.catalog.procedures.UnboundProcedure;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * A catalog of path tables: {@code images.`PATH`} is the table {@code blocks} of the images under a
 * path, {@code images.`PATH`.extents} another table of them; a path is a file, a directory or a
 * glob. Nothing can be created or changed in it. Procedures are in {@code images.system}.
 *
 * <p>{@code spark.sql.catalog.images = io.diskimage.spark.DiskImageCatalog}; properties {@code
 * spark.sql.catalog.images.OPTION} are defaults of the options.
 */
public final class DiskImageCatalog implements TableCatalog, SupportsNamespaces, ProcedureCatalog {
  private String name = "";
  private Map<String, String> properties = Map.of();

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException for a property that is no option
   */
  @Override
  public void initialize(String catalogName, CaseInsensitiveStringMap options) {
    name = catalogName;
    properties = Map.copyOf(options.asCaseSensitiveMap());
    OptionLayers.ofCatalog(properties);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Table loadTable(Identifier ident) throws NoSuchTableException {
    return load(ident, TimeTravel.NONE);
  }

  /** The images at the internal snapshot of an id or name. */
  @Override
  public Table loadTable(Identifier ident, String version) throws NoSuchTableException {
    return load(ident, new TimeTravel(version, null));
  }

  /** The images at their newest internal snapshot not after a time in microseconds. */
  @Override
  public Table loadTable(Identifier ident, long timestamp) throws NoSuchTableException {
    return load(ident, new TimeTravel(null, timestamp));
  }

  /**
   * The blocks that changed between two snapshots; asked for by Spark 4.2 and later.
   *
   * @throws IllegalArgumentException for another table, a range that does not end at a snapshot,
   *     and options that are not allowed
   */
  @Override
  public Changelog loadChangelog(
      Identifier ident, ChangelogContext context, CaseInsensitiveStringMap options)
      throws NoSuchTableException {
    // Older releases load this class but not the types of its signature: no body may use them.
    return DiskImageChangelog.of(
        pathTable(ident), OptionLayers.ofCatalog(properties), context, options);
  }

  private static PathTable pathTable(Identifier ident) throws NoSuchTableException {
    return PathTable.of(ident).orElseThrow(() -> new NoSuchTableException(ident));
  }

  private Table load(Identifier ident, TimeTravel travel) throws NoSuchTableException {
    PathTable table = pathTable(ident);
    return new DiskImageTable(
        table.kind(), List.of(table.path()), OptionLayers.ofCatalog(properties), travel);
  }

  /** Whether the path names something; no image is opened. */
  @Override
  public boolean tableExists(Identifier ident) {
    return PathTable.known(ident).map(table -> PathCheck.exists(table.path())).orElse(false);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if there is none of that name, saying which there are
   */
  @Override
  public UnboundProcedure loadProcedure(Identifier ident) {
    return procedures().load(ident);
  }

  @Override
  public Identifier[] listProcedures(String[] namespace) {
    return procedures().list(namespace);
  }

  private Procedures procedures() {
    return new Procedures(name, OptionLayers.ofCatalog(properties));
  }

  /** The tables of a path; paths themselves are not listed. */
  @Override
  public Identifier[] listTables(String[] namespace) throws NoSuchNamespaceException {
    return switch (namespace.length) {
      case 0 -> new Identifier[0];
      case 1 ->
          Arrays.stream(TableKind.values())
              .map(kind -> Identifier.of(namespace, kind.label()))
              .toArray(Identifier[]::new);
      default -> throw new NoSuchNamespaceException(namespace);
    };
  }

  @Override
  public String[][] listNamespaces() {
    return new String[0][];
  }

  @Override
  public String[][] listNamespaces(String[] namespace) throws NoSuchNamespaceException {
    if (namespace.length > 1) {
      throw new NoSuchNamespaceException(namespace);
    }
    return new String[0][];
  }

  /** What is known of a path, which is a namespace if it names something. */
  @Override
  public Map<String, String> loadNamespaceMetadata(String[] namespace)
      throws NoSuchNamespaceException {
    if (namespace.length == 0) {
      return Map.of();
    }
    if (namespace.length > 1 || !PathCheck.exists(namespace[0])) {
      throw new NoSuchNamespaceException(namespace);
    }
    return Map.of(SupportsNamespaces.PROP_LOCATION, namespace[0]);
  }

  /** What all ways to create a table come to, in Spark 4.0 to 4.2. */
  @Override
  @SuppressWarnings("deprecation")
  public Table createTable(
      Identifier ident, Column[] columns, Transform[] partitions, Map<String, String> settings) {
    throw readOnly("create table " + ident);
  }

  @Override
  public Table alterTable(Identifier ident, TableChange... changes) {
    throw readOnly("alter table " + ident);
  }

  @Override
  public boolean dropTable(Identifier ident) {
    throw readOnly("drop table " + ident);
  }

  @Override
  public boolean purgeTable(Identifier ident) {
    throw readOnly("purge table " + ident);
  }

  @Override
  public void renameTable(Identifier oldIdent, Identifier newIdent) {
    throw readOnly("rename table " + oldIdent);
  }

  @Override
  public void createNamespace(String[] namespace, Map<String, String> metadata) {
    throw readOnly("create namespace " + String.join(".", namespace));
  }

  @Override
  public void alterNamespace(String[] namespace, NamespaceChange... changes) {
    throw readOnly("alter namespace " + String.join(".", namespace));
  }

  @Override
  public boolean dropNamespace(String[] namespace, boolean cascade) {
    throw readOnly("drop namespace " + String.join(".", namespace));
  }

  private UnsupportedOperationException readOnly(String operation) {
    return new UnsupportedOperationException(
        "Cannot " + operation + ": catalog " + name + " is a read-only view of disk images");
  }
}
