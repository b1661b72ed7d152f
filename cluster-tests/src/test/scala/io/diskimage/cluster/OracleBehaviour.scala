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

  private def optional[T](row: Row, i: Int): Option[T] = Option(row.get(i)).map(_.asInstanceOf[T])

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
      val columns =
        Seq("path", "`offset`", "length", "depth", "present", "zero", "allocated", "host_offset")
      val rows = byPath(access.select(spark, "extents", fleetRoot, columns, "true", leaveOut))
      for ((file, runs) <- maps) {
        val found = rows(pathOf(file)).map { row =>
          QemuImg.MapRun(
            row.getLong(1),
            row.getLong(2),
            optional[Int](row, 3),
            row.getBoolean(4),
            row.getBoolean(5),
            row.getBoolean(6),
            optional[Long](row, 7)
          )
        }
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

  test("snapshots are those of qemu-img info, and their content is that of qemu-img snapshot -a") {
    QemuImg.required()
    val image = file("dc1/db/db-01.qcow2")
    val snapshots = QemuImg.snapshots(localPath(image))
    assert(snapshots.size === 3)
    val columns = Seq("id", "name", "unix_seconds(created)", "vm_state_size")
    val rows = TableAccess.Catalog.select(spark, "snapshots", pathOf(image), columns).collect()
    val found = rows.map { row =>
      QemuImg.Snapshot(row.getString(0), row.getString(1), row.getLong(2), row.getLong(3))
    }
    assert(found.toSeq === snapshots)
    for (snapshot <- snapshots) {
      val blocks = spark.sql(
        s"""SELECT `offset`, length, sha2(data, 256)
           |FROM images.`${pathOf(image)}` VERSION AS OF '${snapshot.name}'
           |WHERE allocated""".stripMargin
      )
      QemuImg.withContent("qcow2", localPath(image), Some(snapshot.name)) { content =>
        val hashes = blocks.collect()
        assert(hashes.nonEmpty)
        for (block <- hashes) {
          assert(block.getString(2) === content.sha256(block.getLong(0), block.getInt(1)))
        }
      }
    }
  }
}
