package io.diskimage.spark.procedures;

import io.diskimage.spark.options.NearNames;
import io.diskimage.spark.options.OptionLayers;
import java.util.List;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.procedures.UnboundProcedure;

/** The procedures of a catalog, all of them in its namespace {@code system}. */
public final class Procedures {
  private static final String NAMESPACE = "system";

  private final List<UnboundProcedure> all;

  /**
   * The procedures of one catalog.
   *
   * @param catalog its name in the session, by which procedures find its tables
   * @param options of its tables
   */
  public Procedures(String catalog, OptionLayers options) {
    all = List.of(new CheckProcedure(catalog), new BuildIndexProcedure(options));
  }

  /**
   * The procedure of an identifier, in any case.
   *
   * @throws IllegalArgumentException if there is none, saying which there are
   */
  public UnboundProcedure load(Identifier ident) {
    return all.stream()
        .filter(procedure -> isSystem(ident.namespace()))
        .filter(procedure -> procedure.name().equalsIgnoreCase(ident.name()))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(refusal(ident)));
  }

  /** Identifiers of the procedures in a namespace; of the root, none. */
  public Identifier[] list(String[] namespace) {
    return isSystem(namespace)
        ? all.stream()
            .map(procedure -> Identifier.of(namespace, procedure.name()))
            .toArray(Identifier[]::new)
        : new Identifier[0];
  }

  private static boolean isSystem(String[] namespace) {
    return namespace.length == 1 && namespace[0].equalsIgnoreCase(NAMESPACE);
  }

  private String refusal(Identifier ident) {
    List<String> names = all.stream().map(UnboundProcedure::name).toList();
    return "There is no procedure "
        + ident
        + NearNames.suggestion(ident.name(), names)
        + "; the procedures are "
        + String.join(", ", names.stream().map(name -> NAMESPACE + "." + name).toList());
  }
}
