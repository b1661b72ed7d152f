package io.diskimage.cluster

import org.apache.spark.sql.Row

/** Rows of `extents` as `qemu-img map` says the same. */
object MapRows {
  val columns: Seq[String] =
    Seq("`offset`", "length", "depth", "present", "zero", "allocated", "host_offset")

  /** @param first
    *   place of the first of these columns in the row
    */
  def run(row: Row, first: Int): QemuImg.MapRun = {
    def optional[T](column: Int): Option[T] =
      Option(row.get(first + column)).map(_.asInstanceOf[T])
    QemuImg.MapRun(
      row.getLong(first),
      row.getLong(first + 1),
      optional[Int](2),
      row.getBoolean(first + 3),
      row.getBoolean(first + 4),
      row.getBoolean(first + 5),
      optional[Long](6)
    )
  }
}
