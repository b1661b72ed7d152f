package io.diskimage.spark.procedures;

import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.catalog.procedures.BoundProcedure;
import org.apache.spark.sql.connector.catalog.procedures.UnboundProcedure;
import org.apache.spark.sql.types.StructType;

/** A procedure over files, which is the same whatever types its arguments have. */
interface FleetProcedure extends UnboundProcedure, BoundProcedure {
  @Override
  default BoundProcedure bind(StructType inputType) {
    return this;
  }

  /** The files may change. */
  @Override
  default boolean isDeterministic() {
    return false;
  }

  /**
   * An argument that must not be blank.
   *
   * @param position among the parameters
   * @param allowed what it may be, for the message
   * @throws IllegalArgumentException if it is NULL or blank
   */
  default String text(InternalRow input, int position, String allowed) {
    if (input.isNullAt(position) || input.getUTF8String(position).trimAll().numBytes() == 0) {
      throw refusal(parameters()[position].name(), "nothing", allowed);
    }
    return input.getUTF8String(position).toString();
  }

  /** What is thrown for an argument that is not allowed. */
  default IllegalArgumentException refusal(String parameter, Object value, String allowed) {
    return new IllegalArgumentException(
        "Procedure "
            + name()
            + ": "
            + parameter
            + " => "
            + value
            + " is not allowed; allowed: "
            + allowed);
  }
}
