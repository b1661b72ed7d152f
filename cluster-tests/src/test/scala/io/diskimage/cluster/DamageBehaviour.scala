package io.diskimage.cluster

import org.apache.spark.SparkException
import org.scalatest.funsuite.AnyFunSuite

/** What becomes of images that can't be read, in each mode. */
trait DamageBehaviour { this: AnyFunSuite with SparkCluster with Fleet =>
  private val columns = Seq("path", "`offset`", "length", "allocated", "data", "_error")
  private val blockSize = Map("blockSize" -> "65536")

  private def damaged = manifest.filter(_.unreadableBlocks > 0)

  for (access <- TableAccess.all) {
    test(s"PERMISSIVE gives one row for an image that can't be opened, through $access") {
      val options = Map("mode" -> "PERMISSIVE")
      for (table <- Seq("blocks", "extents")) {
        val visible = Seq("path", "`offset`", "length", "allocated", "_error.message")
        val rows = access
          .select(
            spark,
            table,
            fleetRoot,
            visible,
            "_error IS NOT NULL AND `offset` IS NULL",
            options
          )
          .collect()
        assert(rows.map(_.getString(0)).sorted === unopenable.map(pathOf).sorted)
        for (row <- rows) {
          assert(row.isNullAt(2) && row.isNullAt(3))
          assert(row.getString(4).nonEmpty)
        }
        val messages = rows.map(row => row.getString(0) -> row.getString(4)).toMap
        for (file <- unopenable; reason <- file.refusal) {
          assert(messages(pathOf(file)).contains(reason))
        }
      }
    }

    test(s"PERMISSIVE gives a row for a block that can't be decoded, through $access") {
      val options = blockSize + ("mode" -> "PERMISSIVE")
      assert(damaged.nonEmpty)
      for (file <- damaged) {
        val rows = access
          .select(spark, "blocks", pathOf(file), columns, "allocated", options)
          .collect()
        val (bad, good) = rows.partition(row => !row.isNullAt(5))
        assert(bad.length === file.unreadableBlocks)
        assert(bad.forall(row => row.isNullAt(4)))
        assert(good.forall(row => !row.isNullAt(4)))
        assert(rows.map(_.getInt(2).toLong).sum === file.allocatedSize.get)
      }
    }

    test(s"DROPMALFORMED leaves out what can't be read, through $access") {
      val options = blockSize + ("mode" -> "DROPMALFORMED")
      val shown = Seq("path", "`offset`", "sha2(data, 256)")
      val rows = access.select(spark, "blocks", fleetRoot, shown, "allocated", options).collect()
      val counts = rows.groupBy(_.getString(0)).map { case (path, blocks) => path -> blocks.length }
      val expected = manifest.filterNot(unopenable.contains).map(pathOf)
      assert(counts.keys.toSeq.sorted === expected.sorted)
      for (file <- damaged) {
        assert(counts(pathOf(file)) === file.allocatedSize.get / 65536 - file.unreadableBlocks)
      }
    }

    test(s"FAILFAST fails with the name of the image, through $access") {
      for (file <- unopenable ++ damaged) {
        val rows = access.select(spark, "blocks", pathOf(file), Seq("sha2(data, 256)"))
        val failure = quietly(intercept[SparkException](rows.collect()))
        val messages = Iterator.iterate[Throwable](failure)(_.getCause).takeWhile(_ != null)
        assert(messages.exists(_.getMessage.contains(pathOf(file))), file.name)
      }
    }
  }
}
