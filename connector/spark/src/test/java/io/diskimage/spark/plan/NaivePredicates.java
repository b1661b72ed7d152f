package io.diskimage.spark.plan;

import java.util.Arrays;
import java.util.Objects;
import java.util.function.Function;
import org.apache.spark.sql.connector.expressions.Expression;
import org.apache.spark.sql.connector.expressions.Literal;
import org.apache.spark.sql.connector.expressions.NamedReference;
import org.apache.spark.sql.connector.expressions.filter.Predicate;
import org.apache.spark.unsafe.types.UTF8String;

/** SQL's truth tables as they stand in the standard; null is UNKNOWN. */
final class NaivePredicates {
  private NaivePredicates() {}

  static Boolean evaluate(Predicate predicate, Function<String, Object> row) {
    Expression[] children = predicate.children();
    return switch (predicate.name()) {
      case "ALWAYS_TRUE" -> true;
      case "ALWAYS_FALSE" -> false;
      case "NOT" -> not(part(children[0], row));
      case "AND" -> and(part(children[0], row), part(children[1], row));
      case "OR" -> or(part(children[0], row), part(children[1], row));
      case "IS_NULL" -> value(children[0], row) == null;
      case "IS_NOT_NULL" -> value(children[0], row) != null;
      case "IN" -> {
        Boolean found = false;
        for (int i = 1; i < children.length; i++) {
          found = or(found, compare("=", value(children[0], row), value(children[i], row)));
        }
        yield found;
      }
      default -> compare(predicate.name(), value(children[0], row), value(children[1], row));
    };
  }

  private static Boolean part(Expression predicate, Function<String, Object> row) {
    return evaluate((Predicate) predicate, row);
  }

  private static Boolean compare(String name, Object left, Object right) {
    if (name.equals("<=>")) {
      return Objects.equals(left, right);
    }
    if (left == null || right == null) {
      return null;
    }
    return switch (name) {
      case "=" -> order(left, right) == 0;
      case "<>" -> order(left, right) != 0;
      case "<" -> order(left, right) < 0;
      case "<=" -> order(left, right) <= 0;
      case ">" -> order(left, right) > 0;
      case ">=" -> order(left, right) >= 0;
      case "STARTS_WITH" -> left.toString().startsWith(right.toString());
      case "ENDS_WITH" -> left.toString().endsWith(right.toString());
      case "CONTAINS" -> left.toString().contains(right.toString());
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static int order(Object left, Object right) {
    if (left instanceof Number number) {
      return Long.compare(number.longValue(), ((Number) right).longValue());
    }
    if (left instanceof Boolean flag) {
      return Boolean.compare(flag, (Boolean) right);
    }
    // Bytes of UTF-8 are in the order of code points.
    int[] leftPoints = ((UTF8String) left).toString().codePoints().toArray();
    int[] rightPoints = ((UTF8String) right).toString().codePoints().toArray();
    return Arrays.compare(leftPoints, rightPoints);
  }

  private static Object value(Expression expression, Function<String, Object> row) {
    return expression instanceof Literal<?> literal
        ? literal.value()
        : row.apply(((NamedReference) expression).fieldNames()[0]);
  }

  private static Boolean not(Boolean value) {
    if (value == null) {
      return null;
    }
    return !value;
  }

  private static Boolean and(Boolean left, Boolean right) {
    if (Boolean.FALSE.equals(left) || Boolean.FALSE.equals(right)) {
      return false;
    }
    if (left == null || right == null) {
      return null;
    }
    return true;
  }

  private static Boolean or(Boolean left, Boolean right) {
    return not(and(not(left), not(right)));
  }
}
