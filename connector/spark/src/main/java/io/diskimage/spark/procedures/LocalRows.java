package io.diskimage.spark.procedures;

import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.connector.read.LocalScan;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * The result of a procedure, which has to be on the driver.
 *
 * @param readSchema columns of text and BIGINT
 * @param values of each row in the order of the columns: String, Long or null
 */
record LocalRows(StructType readSchema, List<Object[]> values) implements LocalScan {
  @Override
  public InternalRow[] rows() {
    return values.stream().map(LocalRows::row).toArray(InternalRow[]::new);
  }

  private static InternalRow row(Object[] values) {
    Object[] converted = values.clone();
    for (int i = 0; i < converted.length; i++) {
      if (converted[i] instanceof String text) {
        converted[i] = UTF8String.fromString(text);
      }
    }
    return new GenericInternalRow(converted);
  }
}
