package io.diskimage.cluster

import org.apache.spark.sql.{DataFrame, Row}
import org.scalatest.funsuite.AnyFunSuite

/** Scans agree with what qemu-img says of the same files here and now. */
trait OracleBehaviour { this: AnyFunSuite with SparkCluster with Fleet =>
  private val leaveOut = Map("mode" -> "DROPMALFORMED")

  /** Files that QEMU reads as we do. */
  private lazy val judged = readable.filterNot(_.isChild)

  private lazy val maps =
    judged.map(file => file -> QemuImg.map(file.format.get, localPath(file)))

  private def byPath(rows: DataFrame): Map[String, Seq[Row]] =
    rows.collect().toSeq.groupBy(_.getString(0))

  for (access <- TableAccess.all) {
    test(s"virtual sizes are those of qemu-img info, through $access") {
      QemuImg.required()
      val rows = byPath(access.select(spark, "images", fleetRoot, Seq("path", "virtual_size")))
      for (file <- judged) {
        val size = QemuImg.virtualSize(file.format.get, localPath(file))
        assert(rows(pathOf(file)).map(_.getLong(1)) === Seq(size), file.name)
      }
    }

    test(s"extents are those of qemu-img map, through $access") {
      QemuImg.required()
      val columns = "path" +: MapRows.columns
      val rows = byPath(access.select(spark, "extents", fleetRoot, columns, "true", leaveOut))
      for ((file, runs) <- maps) {
        val found = rows(pathOf(file)).map(MapRows.run(_, 1))
        assert(found.sortBy(_.start) === runs, file.name)
      }
    }

    test(s"stored blocks have the content that qemu-img convert writes, through $access") {
      QemuImg.required()
      val columns = Seq("path", "`offset`", "length", "sha2(data, 256)")
      val rows = byPath(access.select(spark, "blocks", fleetRoot, columns, "allocated", leaveOut))
      for ((file, runs) <- maps) {
        val blocks = rows(pathOf(file)).sortBy(_.getLong(1))
        QemuImg.withContent(file.format.get, localPath(file)) { content =>
          for (block <- blocks) {
            val (offset, length) = (block.getLong(1), block.getInt(2))
            assert(block.getString(3) === content.sha256(offset, length), s"${file.name} $offset")
          }
        }
        // Each byte that is stored lies in one of these blocks.
        val shown = blocks.map(block => (block.getLong(1), block.getLong(1) + block.getInt(2)))
        for (run <- runs if run.data) {
          val covered = shown.map { case (from, to) =>
            math.max(0, math.min(to, run.start + run.length) - math.max(from, run.start))
          }
          assert(covered.sum === run.length, s"${file.name} at ${run.start}")
        }
      }
    }
  }
}
