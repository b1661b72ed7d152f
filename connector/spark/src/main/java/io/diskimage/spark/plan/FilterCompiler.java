package io.diskimage.spark.plan;

import io.diskimage.spark.table.TableKind;
import io.diskimage.spark.table.TableSchemas;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.connector.expressions.Cast;
import org.apache.spark.sql.connector.expressions.Expression;
import org.apache.spark.sql.connector.expressions.Literal;
import org.apache.spark.sql.connector.expressions.NamedReference;
import org.apache.spark.sql.connector.expressions.filter.Predicate;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * Spark's predicates as {@link RowFilter}s, by SQL's three-valued logic. What it compiles it
 * compiles exactly; of what it does not know, and of arithmetic, it leaves the whole to Spark.
 */
final class FilterCompiler {
  private static final Set<String> BLOCK_COLUMNS =
      Set.of(
          "path",
          "offset",
          "length",
          "allocated",
          "_kind",
          "_host_offset",
          "_host_length",
          "_depth",
          "_format",
          "_modified",
          "_partial",
          "_change_type",
          "_commit_version",
          "_commit_timestamp");

  private static final Set<DataType> COMPARABLE =
      Set.of(
          DataTypes.IntegerType,
          DataTypes.LongType,
          DataTypes.TimestampType,
          DataTypes.BooleanType,
          DataTypes.StringType);

  private final TableKind table;
  private final Set<String> columns;

  FilterCompiler(TableKind table) {
    this(table, columns(table));
  }

  private FilterCompiler(TableKind table, Set<String> columns) {
    this.table = table;
    this.columns = columns;
  }

  /** For an index, which has all columns of {@code images}. */
  static FilterCompiler ofIndex() {
    return new FilterCompiler(
        TableKind.IMAGES, Set.of(TableSchemas.columns(TableKind.IMAGES).fieldNames()));
  }

  /** What the readers of a table decide. */
  private static Set<String> columns(TableKind table) {
    return switch (table) {
      case BLOCKS -> BLOCK_COLUMNS;
      case EXTENTS -> Set.of(TableSchemas.columns(table).fieldNames());
      // What the listing knows: the rest would have the image opened first.
      case IMAGES -> Set.of("path", "modified");
      case SNAPSHOTS, BITMAPS -> Set.of("path");
      // What is known before anybody asks a store for a target.
      case REFERENCES -> Set.of("path", "kind");
      // What says whether an image has to be checked, and how deep.
      case FINDINGS -> Set.of("path", "kind", "severity");
      case CHECKS -> Set.of("path", "format", "verdict");
    };
  }

  /** What a predicate must come to for a row to be taken. */
  private enum Outcome {
    TRUE,
    FALSE,
    NOT_TRUE,
    NOT_FALSE;

    Outcome ofNegation() {
      return switch (this) {
        case TRUE -> FALSE;
        case FALSE -> TRUE;
        case NOT_TRUE -> NOT_FALSE;
        case NOT_FALSE -> NOT_TRUE;
      };
    }

    /** Whether AND has this outcome if each part has it; for the others one part is enough. */
    boolean ofAndNeedsAll() {
      return this == TRUE || this == NOT_FALSE;
    }

    boolean isOfUnknown() {
      return this == NOT_TRUE || this == NOT_FALSE;
    }

    /** The outcome wanted where the predicate is not UNKNOWN. */
    boolean wanted() {
      return this == TRUE || this == NOT_FALSE;
    }
  }

  /** The rows for which a predicate is TRUE; empty if that is left to Spark. */
  Optional<RowFilter> compile(Predicate predicate) {
    return Optional.ofNullable(compile(predicate, Outcome.TRUE));
  }

  /** The rows for which a predicate is FALSE or UNKNOWN; empty if that is left to Spark. */
  Optional<RowFilter> compileNotTrue(Predicate predicate) {
    return Optional.ofNullable(compile(predicate, Outcome.NOT_TRUE));
  }

  private RowFilter compile(Expression predicate, Outcome outcome) {
    if (!(predicate instanceof Predicate named)) {
      return null;
    }
    Expression[] children = named.children();
    return switch (named.name()) {
      case "ALWAYS_TRUE" -> constant(outcome.wanted());
      case "ALWAYS_FALSE" -> constant(!outcome.wanted());
      case "NOT" -> compile(children[0], outcome.ofNegation());
      case "AND" -> combine(children, outcome, outcome.ofAndNeedsAll());
      case "OR" -> combine(children, outcome, !outcome.ofAndNeedsAll());
      default -> leaf(named.name(), children, outcome);
    };
  }

  private RowFilter combine(Expression[] children, Outcome outcome, boolean all) {
    List<RowFilter> parts = new ArrayList<>();
    for (Expression child : children) {
      RowFilter part = compile(child, outcome);
      if (part == null) {
        return null;
      }
      parts.add(part);
    }
    return all ? RowFilters.and(parts) : RowFilters.or(parts);
  }

  private RowFilter leaf(String name, Expression[] children, Outcome outcome) {
    if (children.length == 0) {
      return null;
    }
    if (children.length == 2
        && isLiteral(children[0])
        && ColumnComparison.MIRRORED.containsKey(name)) {
      Expression[] mirrored = {children[1], children[0]};
      return leaf(ColumnComparison.MIRRORED.get(name), mirrored, outcome);
    }
    FilterColumn column = column(children[0]);
    if (column == null) {
      return null;
    }
    if (children.length == 1) {
      return switch (name) {
        case "IS_NULL" -> new NullFilter(column, outcome.wanted());
        case "IS_NOT_NULL" -> new NullFilter(column, !outcome.wanted());
        default -> null;
      };
    }
    if (!COMPARABLE.contains(TableSchemas.type(table, column.ordinal()))) {
      return null;
    }
    List<Object> values = new ArrayList<>();
    DataType type = type(children[0], column);
    for (Expression child : Arrays.asList(children).subList(1, children.length)) {
      if (!isLiteral(child) || !isComparable((Literal<?>) child, type)) {
        return null;
      }
      values.add(((Literal<?>) child).value());
    }
    ColumnComparison comparison =
        new ColumnComparison(column, TableSchemas.type(table, column.ordinal()));
    return name.equals("<=>")
        ? comparison.nullSafeEqual(values.get(0), outcome.wanted())
        : unlessNull(column, values, comparison, name, outcome);
  }

  /** UNKNOWN where the column is NULL, or all that it is compared with. */
  private static RowFilter unlessNull(
      FilterColumn column,
      List<Object> values,
      ColumnComparison comparison,
      String name,
      Outcome outcome) {
    List<Object> known = values.stream().filter(value -> value != null).toList();
    if (!name.equals("IN") && known.size() < values.size()) {
      return constant(outcome.isOfUnknown());
    }
    RowFilter decided =
        name.equals("IN")
            ? comparison.in(known, outcome.wanted())
            : comparison.compare(name, known.get(0), outcome.wanted());
    if (decided == null) {
      return null;
    }
    if (known.size() == values.size()) {
      return outcome.isOfUnknown()
          ? RowFilters.or(List.of(decided, new NullFilter(column, true)))
          : decided;
    }
    // x IN (..., NULL) is TRUE for members and UNKNOWN otherwise.
    return switch (outcome) {
      case TRUE -> decided;
      case FALSE -> RowFilters.NEVER;
      case NOT_TRUE -> RowFilters.or(List.of(decided, new NullFilter(column, true)));
      case NOT_FALSE -> RowFilters.ALWAYS;
    };
  }

  private static RowFilter constant(boolean accepted) {
    return accepted ? RowFilters.ALWAYS : RowFilters.NEVER;
  }

  private static boolean isLiteral(Expression expression) {
    return expression instanceof Literal<?>;
  }

  /** The column of an expression, through a widening of INT; null if it is something else. */
  private FilterColumn column(Expression expression) {
    Expression inner =
        expression instanceof Cast cast && isWidening(cast) ? cast.expression() : expression;
    if (!(inner instanceof NamedReference reference)) {
      return null;
    }
    String[] names = reference.fieldNames();
    if (names.length != 1 || !columns.contains(names[0])) {
      return null;
    }
    int ordinal = TableSchemas.ordinal(table, names[0]);
    boolean widened = inner != expression;
    if (widened && !TableSchemas.type(table, ordinal).equals(DataTypes.IntegerType)) {
      return null;
    }
    return new FilterColumn(ordinal, names[0]);
  }

  private static boolean isWidening(Cast cast) {
    return cast.dataType().equals(DataTypes.LongType);
  }

  private DataType type(Expression operand, FilterColumn column) {
    return operand instanceof Cast cast
        ? cast.dataType()
        : TableSchemas.type(table, column.ordinal());
  }

  private static boolean isComparable(Literal<?> literal, DataType type) {
    // A string of another collation has another type, and compares by other rules.
    return literal.value() == null || literal.dataType().equals(type);
  }
}
