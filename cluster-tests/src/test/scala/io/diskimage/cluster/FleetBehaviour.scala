package io.diskimage.cluster

import java.time.Instant

import org.scalatest.funsuite.AnyFunSuite

/** The four tables tell of the fleet what is known of it. */
trait FleetBehaviour { this: AnyFunSuite with SparkCluster with Fleet =>
  private val blockSize = 65536

  /** Images of the disk that `router.img` is a raw copy of. */
  private val goldenDisks = Seq(
    "dc1/web/web template (zlib).qcow2",
    "dc1/web/web-template-zstd.qcow2",
    "dc2/hyperv/mail.vhd",
    "dc2/vbox/desktop.vdi",
    "dc3/bare-metal/router.img",
    "dc3/parallels/build.hdd"
  )

  for (access <- TableAccess.all) {
    test(s"images has a row for each file of the fleet, through $access") {
      val columns = Seq(
        "path",
        "format",
        "virtual_size",
        "cluster_size",
        "allocated_size",
        "snapshot_count",
        "concat_ws(': ', error.class, error.message) AS error"
      )
      val rows = access.select(spark, "images", fleetRoot, columns).collect()
      assert(rows.map(_.getString(0)).sorted === manifest.map(pathOf).sorted)
      val found = rows.map(row => row.getString(0) -> row).toMap
      for (file <- manifest) {
        val row = found(pathOf(file))
        def optional[T](i: Int): Option[T] = Option(row.get(i)).map(_.asInstanceOf[T])
        withClue(row) {
          file.error match {
            case Some(error) => assert(row.getString(6).contains(error))
            case None        =>
              assert(row.getString(6) === "")
              assert(optional[String](1) === file.format)
          }
          assert(optional[Long](2) === file.virtualSize)
          assert(optional[Long](3) === file.clusterSize)
          assert(optional[Long](4) === file.allocatedSize)
          assert(optional[Long](5).filter(_ > 0) === file.snapshots.filter(_ > 0))
        }
      }
    }

    test(s"extents cover each disk once, through $access") {
      val rows = access
        .select(
          spark,
          "extents",
          fleetRoot,
          Seq("path", "`offset`", "length", "allocated"),
          "path IS NOT NULL",
          Map("mode" -> "DROPMALFORMED")
        )
        .collect()
        .groupBy(_.getString(0))
      for (file <- readable) {
        val runs = rows(pathOf(file)).sortBy(_.getLong(1))
        withClue(file) {
          assert(runs.map(_.getLong(1)) === runs.scanLeft(0L)(_ + _.getLong(2)).init)
          assert(file.virtualSize.contains(runs.map(_.getLong(2)).sum))
          assert(file.allocatedSize.contains(runs.filter(_.getBoolean(3)).map(_.getLong(2)).sum))
        }
      }
    }

    test(s"blocks of one disk are the same in every format, through $access") {
      val options = Map("blockSize" -> blockSize.toString, "unallocated" -> "zeros")
      DiskContent.of(localPath(file("dc3/bare-metal/router.img"))) { golden =>
        val expected = (0L until golden.size by blockSize).map { offset =>
          (offset, golden.sha256(offset, blockSize))
        }
        for (name <- goldenDisks) {
          val columns = Seq("`offset`", "sha2(data, 256)")
          val rows = access.select(spark, "blocks", pathOf(file(name)), columns, "true", options)
          val found = rows.collect().map(row => (row.getLong(0), row.getString(1))).sortBy(_._1)
          assert(found.toSeq === expected, name)
        }
      }
    }

    test(s"snapshots has a row for each snapshot in the fleet, through $access") {
      val columns = Seq("path", "id", "name", "created", "virtual_size")
      val rows = access.select(spark, "snapshots", fleetRoot, columns).collect()
      val found = rows.map { row =>
        val created = row.getTimestamp(3).toInstant
        (row.getString(0), row.getString(1), row.getString(2), created, row.getLong(4))
      }
      val path = pathOf(file("dc1/db/db-01.qcow2"))
      val gibibyte = 1L << 30
      val expected = Seq(
        (path, "1", "before-upgrade", Instant.parse("2026-01-01T00:00:00Z"), gibibyte),
        (path, "2", "after-upgrade", Instant.parse("2026-01-02T00:00:00Z"), gibibyte),
        (path, "3", "grown", Instant.parse("2026-01-03T00:00:00Z"), 4 * gibibyte)
      )
      assert(found.toSeq.sortBy(_._2) === expected)
    }
  }
}
