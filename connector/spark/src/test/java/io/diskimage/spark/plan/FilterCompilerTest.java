package io.diskimage.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.spark.table.TableKind;
import io.diskimage.spark.table.TableSchemas;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.spark.sql.connector.expressions.Cast;
import org.apache.spark.sql.connector.expressions.Expression;
import org.apache.spark.sql.connector.expressions.Expressions;
import org.apache.spark.sql.connector.expressions.GeneralScalarExpression;
import org.apache.spark.sql.connector.expressions.LiteralValue;
import org.apache.spark.sql.connector.expressions.NamedReference;
import org.apache.spark.sql.connector.expressions.filter.AlwaysFalse;
import org.apache.spark.sql.connector.expressions.filter.AlwaysTrue;
import org.apache.spark.sql.connector.expressions.filter.And;
import org.apache.spark.sql.connector.expressions.filter.Not;
import org.apache.spark.sql.connector.expressions.filter.Or;
import org.apache.spark.sql.connector.expressions.filter.Predicate;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.types.UTF8String;

class FilterCompilerTest {
  private static final TableKind TABLE = TableKind.BLOCKS;
  private static final List<String> COLUMNS =
      List.of("path", "offset", "length", "allocated", "_kind", "_modified");
  private static final List<String> COMPARISONS = List.of("=", "<>", "<=>", "<", "<=", ">", ">=");

  @Property(tries = 5_000)
  void acceptsExactlyTheRowsForWhichThePredicateIsTrue(
      @ForAll("predicates") Predicate predicate, @ForAll("rows") Row row) {
    RowFilter filter = new FilterCompiler(TABLE).compile(predicate).orElseThrow();
    boolean expected = Boolean.TRUE.equals(NaivePredicates.evaluate(predicate, row::value));
    assertThat(filter.accepts(row)).as("%s over %s", filter, row).isEqualTo(expected);

    RowFilter ofPath = filter.forPath(row.value("path").toString());
    assertThat(ofPath.accepts(row)).as("%s over %s", ofPath, row).isEqualTo(expected);
    assertThat(ofPath.references(FilterColumn.PATH)).isFalse();
    assertThat(expected ? filter.isNever() : filter.isAlways()).isFalse();

    for (String name : List.of("offset", "length", "_modified")) {
      int column = TableSchemas.ordinal(TABLE, name);
      if (expected && !row.isNull(column)) {
        assertThat(row.getLong(column))
            .isBetween(filter.lowerBound(column), filter.upperBound(column));
      }
    }
  }

  @Property(tries = 5_000)
  void acceptsExactlyTheRowsForWhichThePredicateIsNotTrue(
      @ForAll("predicates") Predicate predicate, @ForAll("rows") Row row) {
    RowFilter filter = new FilterCompiler(TABLE).compileNotTrue(predicate).orElseThrow();
    boolean expected = !Boolean.TRUE.equals(NaivePredicates.evaluate(predicate, row::value));
    assertThat(filter.accepts(row)).as("%s over %s", filter, row).isEqualTo(expected);
  }

  @Property(tries = 200)
  void survivesSerialisation(@ForAll("predicates") Predicate predicate) throws Exception {
    RowFilter filter = new FilterCompiler(TABLE).compile(predicate).orElseThrow();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(filter);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(in.readObject()).isEqualTo(filter).hasSameHashCodeAs(filter);
    }
  }

  @Example
  void comparisonsWithTheLiteralOnTheLeftAreMirrored() {
    Predicate predicate = of("<", literal(5L, DataTypes.LongType), column("offset"));
    assertThat(compile(TABLE, predicate)).hasToString("offset >= 6");
  }

  @Example
  void aWidenedIntegerComparesWithABigint() {
    Expression widened = new Cast(column("length"), DataTypes.IntegerType, DataTypes.LongType);
    Predicate predicate = of(">", widened, literal(1L << 40, DataTypes.LongType));
    assertThat(compile(TABLE, predicate)).hasToString("length >= 1099511627777");
  }

  @Example
  void boundsBeyondTheRangeOfABigintAcceptNothing() {
    assertThat(
            compile(TABLE, of(">", column("offset"), literal(Long.MAX_VALUE, DataTypes.LongType))))
        .isSameAs(RowFilters.NEVER);
    assertThat(
            compile(TABLE, of("<", column("offset"), literal(Long.MIN_VALUE, DataTypes.LongType))))
        .isSameAs(RowFilters.NEVER);
  }

  @Example
  void boundsOfAConjunctionAreTheNarrowest() {
    RowFilter filter =
        compile(
            TABLE,
            new And(
                of(">=", column("offset"), literal(10L, DataTypes.LongType)),
                new Or(
                    of("=", column("offset"), literal(50L, DataTypes.LongType)),
                    of("<", column("offset"), literal(20L, DataTypes.LongType)))));
    int offset = TableSchemas.ordinal(TABLE, "offset");
    assertThat(filter.lowerBound(offset)).isEqualTo(10);
    assertThat(filter.upperBound(offset)).isEqualTo(50);
    assertThat(filter.lowerBound(offset + 1)).isEqualTo(Long.MIN_VALUE);
    assertThat(filter.references(offset)).isTrue();
    assertThat(filter.references(offset + 1)).isFalse();
  }

  @Example
  void testsForNullThatAComparisonImpliesAreDropped() {
    Predicate predicate =
        new And(
            of("IS_NOT_NULL", column("offset")),
            of(">", column("offset"), literal(5L, DataTypes.LongType)));
    assertThat(compile(TABLE, predicate)).hasToString("offset >= 6");
  }

  @Example
  void whatIsNotUnderstoodIsLeftToSpark() {
    Expression sum =
        new GeneralScalarExpression(
            "+", new Expression[] {column("offset"), literal(1L, DataTypes.LongType)});
    Predicate arithmetic = of("=", sum, literal(5L, DataTypes.LongType));
    Predicate known = of("IS_NULL", column("offset"));
    List<Predicate> left =
        List.of(
            arithmetic,
            new And(known, arithmetic),
            new Or(known, arithmetic),
            new Not(arithmetic),
            of("IS_NULL", column("data")),
            of("IS_NOT_NULL", column("_error")),
            of("=", column("_error.class"), string("x")),
            of("=", column("offset"), column("length")),
            of("=", column("offset"), literal(5, DataTypes.IntegerType)),
            of("RLIKE", column("path"), string("x")),
            of("STARTS_WITH", string("x"), column("path")));
    for (Predicate predicate : left) {
      assertThat(new FilterCompiler(TABLE).compile(predicate)).as("%s", predicate).isEmpty();
    }
  }

  @Example
  void filesAreFilteredByWhatTheListingKnowsOnly() {
    Predicate byPath = of("=", column("path"), string("x"));
    Predicate byFormat = of("=", column("format"), string("raw"));
    assertThat(new FilterCompiler(TableKind.IMAGES).compile(byPath)).isPresent();
    assertThat(new FilterCompiler(TableKind.SNAPSHOTS).compile(byPath)).isPresent();
    assertThat(new FilterCompiler(TableKind.IMAGES).compile(byFormat)).isEmpty();
  }

  @Example
  void extentsAreFilteredByAllTheirColumns() {
    for (String name : TableSchemas.columns(TableKind.EXTENTS).fieldNames()) {
      assertThat(new FilterCompiler(TableKind.EXTENTS).compile(of("IS_NULL", column(name))))
          .as(name)
          .isPresent();
    }
  }

  @Example
  void longListsAreCutInMessages() {
    Expression[] children = new Expression[101];
    children[0] = column("offset");
    for (int i = 1; i < children.length; i++) {
      children[i] = literal((long) i, DataTypes.LongType);
    }
    assertThat(compile(TABLE, new Predicate("IN", children)).toString())
        .startsWith("offset IN (1, 2, 3")
        .endsWith("90 more)");
  }

  /** A row of the columns that the test uses. */
  record Row(List<Object> values) implements RowValues {
    Object value(String name) {
      return values.get(COLUMNS.indexOf(name));
    }

    private Object value(int ordinal) {
      return value(TableSchemas.full(TABLE).apply(ordinal).name());
    }

    @Override
    public boolean isNull(int column) {
      return value(column) == null;
    }

    @Override
    public boolean getBoolean(int column) {
      return (Boolean) value(column);
    }

    @Override
    public long getLong(int column) {
      return ((Number) value(column)).longValue();
    }

    @Override
    public UTF8String getString(int column) {
      return (UTF8String) value(column);
    }
  }

  @Provide
  Arbitrary<Row> rows() {
    List<Arbitrary<Object>> values = new ArrayList<>();
    for (String name : COLUMNS) {
      values.add(values(name, name.equals("path") ? 0 : 0.2));
    }
    return Combinators.combine(values).as(row -> new Row(new ArrayList<>(row)));
  }

  @Provide
  Arbitrary<Predicate> predicates() {
    return tree(3);
  }

  private static Arbitrary<Predicate> tree(int depth) {
    if (depth == 0) {
      return leaf();
    }
    Arbitrary<Predicate> part = tree(depth - 1);
    return Arbitraries.oneOf(
        leaf(),
        Combinators.combine(part, part).as(And::new),
        Combinators.combine(part, part).as(Or::new),
        part.map(Not::new));
  }

  private static Arbitrary<Predicate> leaf() {
    return Arbitraries.of(COLUMNS).flatMap(FilterCompilerTest::leaf);
  }

  private static Arbitrary<Predicate> leaf(String name) {
    Arbitrary<Expression> literals = values(name, 0.1).map(value -> literal(value, type(name)));
    Arbitrary<Predicate> comparison =
        Combinators.combine(Arbitraries.of(COMPARISONS), literals)
            .as((sign, literal) -> of(sign, column(name), literal));
    Arbitrary<Predicate> mirrored =
        Combinators.combine(Arbitraries.of(COMPARISONS), literals)
            .as((sign, literal) -> of(sign, literal, column(name)));
    Arbitrary<Predicate> in =
        literals
            .list()
            .ofMinSize(1)
            .ofMaxSize(4)
            .map(
                list -> {
                  List<Expression> children = new ArrayList<>(List.of(column(name)));
                  children.addAll(list);
                  return new Predicate("IN", children.toArray(Expression[]::new));
                });
    List<Arbitrary<Predicate>> kinds =
        new ArrayList<>(
            List.of(
                comparison,
                mirrored,
                in,
                Arbitraries.of("IS_NULL", "IS_NOT_NULL").map(test -> of(test, column(name))),
                Arbitraries.of(new AlwaysTrue(), new AlwaysFalse())));
    if (type(name).equals(DataTypes.StringType)) {
      kinds.add(
          Combinators.combine(Arbitraries.of("STARTS_WITH", "ENDS_WITH", "CONTAINS"), literals)
              .as((test, literal) -> of(test, column(name), literal)));
    }
    return Arbitraries.oneOf(kinds);
  }

  private static Arbitrary<Object> values(String name, double nulls) {
    DataType type = type(name);
    Arbitrary<Object> values;
    if (type.equals(DataTypes.BooleanType)) {
      values = Arbitraries.of(true, false);
    } else if (type.equals(DataTypes.IntegerType)) {
      values = Arbitraries.of(Integer.MIN_VALUE, -1, 0, 1, 2, Integer.MAX_VALUE);
    } else if (type.equals(DataTypes.StringType)) {
      values = Arbitraries.of("", "a", "b", "ab", "é", "\uD83D\uDE00").map(UTF8String::fromString);
    } else {
      values = Arbitraries.of(Long.MIN_VALUE, -1L, 0L, 1L, 2L, Long.MAX_VALUE);
    }
    return values.injectNull(nulls);
  }

  private static DataType type(String name) {
    return TableSchemas.type(TABLE, TableSchemas.ordinal(TABLE, name));
  }

  private static RowFilter compile(TableKind table, Predicate predicate) {
    Optional<RowFilter> filter = new FilterCompiler(table).compile(predicate);
    return filter.orElseThrow();
  }

  private static Predicate of(String name, Expression... children) {
    return new Predicate(name, children);
  }

  private static NamedReference column(String name) {
    return Expressions.column(name);
  }

  private static LiteralValue<Object> literal(Object value, DataType type) {
    return new LiteralValue<>(value, type);
  }

  private static LiteralValue<Object> string(String value) {
    return literal(UTF8String.fromString(value), DataTypes.StringType);
  }
}
