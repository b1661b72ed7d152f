package io.diskimage.spark;

import io.diskimage.spark.options.TableNames;
import io.diskimage.spark.table.TableKind;
import java.util.Optional;
import org.apache.spark.sql.connector.catalog.Identifier;

/**
 * What an identifier of the catalog names: {@code `PATH`} or {@code `PATH`.table}.
 *
 * @param path file, directory or glob
 * @param kind which table
 */
record PathTable(String path, TableKind kind) {

  /**
   * The table of an identifier; empty if it has too many parts to be one.
   *
   * @throws IllegalArgumentException if it names a table that there is not, saying which there are
   */
  static Optional<PathTable> of(Identifier ident) {
    return switch (ident.namespace().length) {
      case 0 -> Optional.of(new PathTable(ident.name(), TableKind.BLOCKS));
      case 1 -> Optional.of(new PathTable(ident.namespace()[0], TableNames.parse(ident.name())));
      default -> Optional.empty();
    };
  }

  /** The table of an identifier; empty if there is none. */
  static Optional<PathTable> known(Identifier ident) {
    return ident.namespace().length == 1 && TableKind.of(ident.name()).isEmpty()
        ? Optional.empty()
        : of(ident);
  }
}
