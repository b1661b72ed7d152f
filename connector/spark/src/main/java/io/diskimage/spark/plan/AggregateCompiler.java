package io.diskimage.spark.plan;

import io.diskimage.spark.options.ReadMode;
import io.diskimage.spark.plan.AggregateSpec.Function;
import io.diskimage.spark.plan.AggregateSpec.Kind;
import io.diskimage.spark.table.TableKind;
import io.diskimage.spark.table.TableSchemas;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.connector.expressions.Expression;
import org.apache.spark.sql.connector.expressions.GeneralScalarExpression;
import org.apache.spark.sql.connector.expressions.Literal;
import org.apache.spark.sql.connector.expressions.NamedReference;
import org.apache.spark.sql.connector.expressions.aggregate.AggregateFunc;
import org.apache.spark.sql.connector.expressions.aggregate.Aggregation;
import org.apache.spark.sql.connector.expressions.aggregate.Count;
import org.apache.spark.sql.connector.expressions.aggregate.CountStar;
import org.apache.spark.sql.connector.expressions.aggregate.Max;
import org.apache.spark.sql.connector.expressions.aggregate.Min;
import org.apache.spark.sql.connector.expressions.aggregate.Sum;
import org.apache.spark.sql.connector.expressions.filter.Predicate;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Aggregations over {@code blocks} that executors answer from an image's metadata. */
final class AggregateCompiler {
  private static final TableKind TABLE = TableKind.BLOCKS;
  private static final Set<String> GROUPS = Set.of("path", "allocated");
  private static final Set<String> COUNTED = Set.of("path", "offset", "length", "allocated");

  /** Whether these are NULL is only known without reading data where a problem fails the job. */
  private static final Set<String> COUNTED_IN_FAILFAST = Set.of("data", "_error");

  private final ReadMode mode;

  AggregateCompiler(ReadMode mode) {
    this.mode = mode;
  }

  /**
   * A compiled aggregation.
   *
   * @param spec for executors
   * @param output group columns, then a BIGINT per function
   */
  record Compiled(AggregateSpec spec, StructType output) {}

  /** The aggregation; empty if it is left to Spark. */
  Optional<Compiled> compile(Aggregation aggregation) {
    List<Integer> groups = new ArrayList<>();
    StructType output = new StructType();
    for (Expression group : aggregation.groupByExpressions()) {
      String name = column(group, GROUPS);
      if (name == null) {
        return Optional.empty();
      }
      groups.add(TableSchemas.ordinal(TABLE, name));
      output = output.add(TableSchemas.columns(TABLE).apply(name));
    }
    List<Function> functions = new ArrayList<>();
    for (AggregateFunc aggregate : aggregation.aggregateExpressions()) {
      Function function = function(aggregate);
      if (function == null) {
        return Optional.empty();
      }
      functions.add(function);
      output = output.add(aggregate.toString(), DataTypes.LongType);
    }
    return Optional.of(new Compiled(new AggregateSpec(groups, functions), output));
  }

  private Function function(AggregateFunc aggregate) {
    if (aggregate instanceof CountStar) {
      return new Function(Kind.COUNT, -1, null);
    }
    if (aggregate instanceof Count count && !count.isDistinct()) {
      return count(count.column());
    }
    if (aggregate instanceof Sum sum && !sum.isDistinct()) {
      return over(Kind.SUM, sum.column(), "length");
    }
    if (aggregate instanceof Min min) {
      return over(Kind.MIN, min.column(), "offset");
    }
    return aggregate instanceof Max max ? over(Kind.MAX, max.column(), "offset") : null;
  }

  private static Function over(Kind kind, Expression argument, String allowed) {
    String name = column(argument, Set.of(allowed));
    return name == null ? null : new Function(kind, TableSchemas.ordinal(TABLE, name), null);
  }

  private Function count(Expression argument) {
    String name = column(argument, COUNTED);
    if (name == null && mode == ReadMode.FAILFAST) {
      name = column(argument, COUNTED_IN_FAILFAST);
    }
    if (name != null) {
      return new Function(Kind.COUNT, TableSchemas.ordinal(TABLE, name), null);
    }
    RowFilter condition = nonNull(argument);
    return condition == null ? null : new Function(Kind.COUNT, -1, condition);
  }

  /** The rows for which {@code CASE WHEN condition THEN value ELSE other END} is not NULL. */
  private static RowFilter nonNull(Expression argument) {
    if (!(argument instanceof GeneralScalarExpression general)
        || !general.name().equals("CASE_WHEN")
        || general.children().length < 2
        || general.children().length > 3
        || !(general.children()[0] instanceof Predicate condition)) {
      return null;
    }
    FilterCompiler compiler = new FilterCompiler(TABLE);
    RowFilter chosen = nonNullValue(general.children()[1]);
    RowFilter other =
        general.children().length == 3 ? nonNullValue(general.children()[2]) : RowFilters.NEVER;
    Optional<RowFilter> whenTrue = compiler.compile(condition);
    Optional<RowFilter> otherwise = compiler.compileNotTrue(condition);
    if (chosen == null || other == null || whenTrue.isEmpty() || otherwise.isEmpty()) {
      return null;
    }
    return RowFilters.or(
        List.of(
            RowFilters.and(List.of(whenTrue.get(), chosen)),
            RowFilters.and(List.of(otherwise.get(), other))));
  }

  private static RowFilter nonNullValue(Expression value) {
    if (value instanceof Literal<?> literal) {
      return literal.value() == null ? RowFilters.NEVER : RowFilters.ALWAYS;
    }
    String name = column(value, COUNTED);
    return name == null
        ? null
        : new NullFilter(new FilterColumn(TableSchemas.ordinal(TABLE, name), name), false);
  }

  private static String column(Expression expression, Set<String> allowed) {
    if (!(expression instanceof NamedReference reference)) {
      return null;
    }
    String[] names = reference.fieldNames();
    return names.length == 1 && allowed.contains(names[0]) ? names[0] : null;
  }
}
