package io.diskimage.cluster

import org.apache.spark.sql.DataFrame
import org.scalatest.funsuite.AnyFunSuite

/** Internal snapshots are what qemu-img says and restores. */
trait SnapshotBehaviour { this: AnyFunSuite with SparkCluster with Fleet =>
  private def image = file("dc1/db/db-01.qcow2")

  private val versions = Map[String, String => DataFrame](
    "VERSION AS OF" -> (version =>
      spark.sql(s"SELECT * FROM images.`${pathOf(image)}` VERSION AS OF '$version'")
    ),
    "versionAsOf" -> (version =>
      spark.read.format("diskimage").option("versionAsOf", version).load(pathOf(image))
    )
  )

  test("snapshots are those of qemu-img info") {
    QemuImg.required()
    val columns = Seq("id", "name", "unix_seconds(created)", "vm_state_size")
    val rows = TableAccess.Catalog.select(spark, "snapshots", pathOf(image), columns).collect()
    val found = rows.map { row =>
      QemuImg.Snapshot(row.getString(0), row.getString(1), row.getLong(2), row.getLong(3))
    }
    val snapshots = QemuImg.snapshots(localPath(image))
    assert(snapshots.size === 3)
    assert(found.toSeq === snapshots)
  }

  for ((way, at) <- versions) {
    test(s"content at a snapshot is that of qemu-img snapshot -a, through $way") {
      QemuImg.required()
      for (snapshot <- QemuImg.snapshots(localPath(image))) {
        val blocks =
          at(snapshot.name).where("allocated").selectExpr("`offset`", "length", "sha2(data, 256)")
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
}
