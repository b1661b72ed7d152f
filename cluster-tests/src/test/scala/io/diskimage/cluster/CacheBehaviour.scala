package io.diskimage.cluster

import org.apache.spark.sql.DataFrame
import org.scalatest.funsuite.AnyFunSuite

/** How the images of a scan are shared out to executors. */
trait CacheBehaviour { this: AnyFunSuite with Executors with Fleet =>

  /** What is stored in all images, in more slices than there are images. */
  private def slices(): DataFrame = spark.read
    .format("diskimage")
    .option("maxPartitionBytes", 512 << 10)
    .option("openCostInBytes", 4096)
    .load(readable.map(pathOf): _*)
    .where("allocated")
    .select("path", "data")

  test("all executors take part in a scan, and each opens an image once for all its slices") {
    ConnectorProcess.forgetImages(spark, executors)
    val driver = ConnectorProcess.here()
    val before = processes().map(process => process.executor -> process.opened).toMap
    val scans = Seq.fill(2)(Reading.scan(slices()))
    val after = processes()

    for (scan <- scans) {
      assert(scan.map(_.executor).toSet === before.keySet)
      assert(scan.map(_.path).toSet === readable.map(pathOf).toSet)
      assert(scan.map(_.partition).distinct.size > readable.size)
    }
    for (process <- after) {
      val opened = process.opened - before(process.executor)
      val seen = scans.flatten.filter(_.executor == process.executor).map(_.path).distinct.size
      // An image whose slices here hold nothing stored is opened, too, but not seen.
      assert(opened >= seen && opened <= readable.size, process)
    }
    assert(ConnectorProcess.here().opened === driver.opened)
  }
}
