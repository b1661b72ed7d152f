package io.diskimage.cluster

import org.apache.hadoop.fs.Path
import org.apache.spark.sql.{DataFrame, Row}
import org.scalatest.funsuite.AnyFunSuite

/** An index on the storage of the images, which tasks write and read. */
trait IndexBehaviour { this: AnyFunSuite with SparkCluster with Fleet =>
  private def location: String = s"$fleetRoot/_index"

  private def build(): Row =
    spark
      .sql(s"CALL images.system.build_index(path => '$fleetRoot', index => '$location')")
      .head()

  private def images(options: Map[String, String]): DataFrame =
    TableAccess.Catalog.select(
      spark,
      "images",
      fleetRoot,
      Seq("path", "format", "allocated_size", "features", "map_entries(header)", "error"),
      options = options
    )

  private def metric(frame: DataFrame, name: String): Long =
    frame.queryExecution.executedPlan.collectLeaves().flatMap(_.metrics.get(name)).map(_.value).sum

  test("images that an index knows are not opened, and have the rows that they have without it") {
    try {
      assert(build().getAs[Long]("opened") === manifest.size)
      val renewed = build()
      assert(renewed.getAs[Long]("carried") === manifest.size)
      assert(renewed.getAs[Long]("opened") === 0)

      val opened = images(Map.empty).collect().map(_.toString).sorted
      val indexed = images(Map("index" -> location))
      assert(indexed.collect().map(_.toString).sorted === opened)
      assert(metric(indexed, "imagesIndexed") === manifest.size)
      assert(metric(indexed, "indexProblems") === 0)
    } finally {
      val path = new Path(location)
      path.getFileSystem(spark.sparkContext.hadoopConfiguration).delete(path, true)
    }
  }
}
