package io.diskimage.cluster

import org.apache.hadoop.fs.{Path => HadoopPath}
import org.scalatest.funsuite.AnyFunSuite

import io.diskimage.services.HdfsService

/** Datanodes that stop, and files that are replaced, while images on HDFS are read. */
class DatanodeLossSuite extends AnyFunSuite with LocalCluster with Disks with FaultBehaviour {
  private lazy val hdfs = HdfsService.start(Build.target, 2)
  private lazy val disk = StoredDisk.make(directory, 4)
  private lazy val other = StoredDisk.make(directory, 5)

  override protected def storageConf: Map[String, String] =
    super.storageConf ++ Map("dfs.replication" -> "2", "dfs.blocksize" -> (1 << 20).toString)

  override protected def release(): Unit =
    try super.release()
    finally hdfs.close()

  private def put(disk: StoredDisk, name: String): String = {
    val path = new HadoopPath(s"${hdfs.uri}/$name")
    val files = path.getFileSystem(spark.sparkContext.hadoopConfiguration)
    files.copyFromLocalFile(false, true, new HadoopPath(disk.image.toUri), path)
    path.toString
  }

  test("a scan outlives a datanode that stops, where there is another replica") {
    val path = put(disk, "replicated.qcow2")
    for (datanode <- Seq(0, 1)) {
      val blocks = quietly {
        StoredDisk.readWhile(StoredDisk.scan(spark, path))(_ => hdfs.stopDatanode(datanode))
      }
      assert(blocks === disk.blocks)
      assertNothingLeft()
      hdfs.startDatanode(datanode)
    }
  }

  test("a file of the same length in place of the listed one has changed while reading") {
    val path = put(disk, "replaced.qcow2")
    val scan = StoredDisk.scan(spark, path)
    assert(scan.rdd.getNumPartitions > 1)
    put(other, "replaced.qcow2")
    val failure = failureOf(scan.rdd.count())
    assert(failure.contains(s"ImageChangedException: $path: changed while reading"))
    assert(StoredDisk.read(StoredDisk.scan(spark, path)) === other.blocks)
    assertNothingLeft()
  }
}
