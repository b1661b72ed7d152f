package io.diskimage.cluster

import org.apache.spark.sql.{DataFrame, SparkSession}

/** A way to the tables: both ways must lead to the same rows. */
sealed trait TableAccess {

  /** Rows of a table.
    *
    * @param columns
    *   SQL expressions, hidden columns allowed
    * @param where
    *   SQL condition
    */
  def select(
      spark: SparkSession,
      table: String,
      path: String,
      columns: Seq[String],
      where: String = "true",
      options: Map[String, String] = Map.empty
  ): DataFrame
}

object TableAccess {
  val all: Seq[TableAccess] = Seq(Reader, Catalog)

  /** `spark.read.format("diskimage")`. */
  case object Reader extends TableAccess {
    override def toString: String = "the reader"

    override def select(
        spark: SparkSession,
        table: String,
        path: String,
        columns: Seq[String],
        where: String,
        options: Map[String, String]
    ): DataFrame = {
      val reader = spark.read.format("diskimage").option("table", table).options(options)
      reader.load(path).where(where).selectExpr(columns: _*)
    }
  }

  /** SQL on the catalog. */
  case object Catalog extends TableAccess {
    override def toString: String = "the catalog"

    override def select(
        spark: SparkSession,
        table: String,
        path: String,
        columns: Seq[String],
        where: String,
        options: Map[String, String]
    ): DataFrame = {
      val name = if (table == "blocks") s"images.`$path`" else s"images.`$path`.$table"
      val pairs = options.map { case (key, value) => s"'$key' = '$value'" }
      val withOptions = if (pairs.isEmpty) "" else pairs.mkString(" WITH (", ", ", ")")
      spark.sql(s"SELECT ${columns.mkString(", ")} FROM $name$withOptions WHERE $where")
    }
  }
}
