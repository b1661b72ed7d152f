package io.diskimage.cluster

import java.nio.file.{Files, Path}

import scala.util.Random

import org.apache.spark.sql.{DataFrame, Encoders, Row, SparkSession}

/** A block of a disk.
  *
  * @param sha256
  *   of its content
  */
case class StoredBlock(offset: Long, sha256: String)

/** A qcow2 image that a scan takes several slices and batches for, with random content.
  *
  * @param blocks
  *   as qemu-img reads them
  */
final class StoredDisk private (val image: Path, val blocks: Seq[StoredBlock])

object StoredDisk {
  private val blockSize = 64 << 10
  private val size = 32 << 20

  /** Makes a disk; those of other seeds have other content, and images of the same length. */
  def make(directory: Path, seed: Int): StoredDisk = {
    QemuImg.required()
    val raw = directory.resolve(s"$seed.raw")
    val image = directory.resolve(s"$seed.qcow2")
    Files.write(raw, new Random(seed).nextBytes(size))
    Programs.run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw.toString, image.toString)
    Files.delete(raw)
    val blocks = QemuImg.withContent("qcow2", image) { content =>
      (0L until size.toLong by blockSize.toLong).map { offset =>
        StoredBlock(offset, content.sha256(offset, blockSize))
      }
    }
    new StoredDisk(image, blocks)
  }

  /** What is stored in an image, in slices of 4 MiB. */
  def scan(spark: SparkSession, path: String, mode: String = "FAILFAST"): DataFrame = spark.read
    .format("diskimage")
    .option("mode", mode)
    .option("maxPartitionBytes", 4 << 20)
    .option("openCostInBytes", 4096)
    .load(path)
    .where("allocated")
    .select("`offset`", "data")

  /** Reads a scan to its end. */
  def read(scan: DataFrame): Seq[StoredBlock] = {
    val blocks = scan.selectExpr("`offset`", "sha2(data, 256) AS sha256")
    sorted(blocks.as(Encoders.product[StoredBlock]).collect().toSeq)
  }

  /** Reads a scan to its end and does something in its middle: when a task has read rows, and none
    * can end.
    *
    * @param fault
    *   gets the process that the task runs in
    */
  def readWhile(scan: DataFrame)(fault: Long => Unit): Seq[StoredBlock] =
    MidScan.during(fault) { pause =>
      val blocks = scan.mapPartitions((rows: Iterator[Row]) => readPausing(rows, pause))(
        Encoders.product[StoredBlock]
      )
      sorted(blocks.collect().toSeq)
    }

  /** Executors run this; see [[ConnectorProcess]]. */
  private def readPausing(rows: Iterator[Row], pause: MidScan.Pause): Iterator[StoredBlock] =
    rows.zipWithIndex.map { case (row, index) =>
      if (index == 1) {
        pause.reached()
      }
      StoredBlock(row.getLong(0), DiskContent.sha256(row.getAs[Array[Byte]](1)))
    }

  private def sorted(blocks: Seq[StoredBlock]): Seq[StoredBlock] = blocks.sortBy(_.offset)
}
