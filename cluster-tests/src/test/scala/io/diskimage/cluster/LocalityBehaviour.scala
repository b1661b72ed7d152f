package io.diskimage.cluster

import java.net.InetSocketAddress
import java.nio.file.Files
import java.util.concurrent.ConcurrentLinkedQueue

import scala.annotation.tailrec
import scala.jdk.CollectionConverters._
import scala.util.Using

import org.apache.hadoop.fs.{FileSystem, Path}
import org.apache.hadoop.hdfs.DistributedFileSystem
import org.apache.spark.rdd.RDD
import org.apache.spark.scheduler.{SparkListener, SparkListenerTaskEnd, TaskInfo, TaskLocality}
import org.apache.spark.sql.DataFrame
import org.scalatest.funsuite.AnyFunSuite

/** Tasks run where the blocks of their images are. */
trait LocalityBehaviour { this: AnyFunSuite with StandaloneCluster with HdfsFleet =>
  override protected def datanodeHosts: Seq[String] = workerHosts

  /** Copies of an image, by turns on each datanode alone, with its host. */
  private lazy val copies: Map[String, String] = {
    val conf = spark.sparkContext.hadoopConfiguration
    Using.resource(FileSystem.newInstance(hdfs.uri, conf).asInstanceOf[DistributedFileSystem]) {
      files =>
        val datanodes = files.getDataNodeStats.toSeq
        assert(datanodes.map(_.getHostName).toSet === workerHosts.toSet)
        (0 until 6).map { i =>
          val datanode = datanodes(i % datanodes.size)
          val copy = new Path(s"${hdfs.uri}/copies/$i.qcow2")
          val address = new InetSocketAddress(datanode.getIpAddr, datanode.getXferPort)
          val output =
            files.createFile(copy).recursive().replication(1).favoredNodes(Array(address)).build()
          Using.resource(output)(Files.copy(localPath(file("dc1/web/web-01.qcow2")), _))
          val status = files.getFileStatus(copy)
          val located = files.getFileBlockLocations(status, 0, status.getLen)
          assert(located.flatMap(_.getHosts).toSet === Set(datanode.getHostName))
          copy.toString -> datanode.getHostName
        }.toMap
    }
  }

  /** What is stored in the copies; each is a partition. */
  private def blocks(paths: Seq[String]): DataFrame = spark.read
    .format("diskimage")
    .option("maxPartitionBytes", 64L << 20)
    .option("openCostInBytes", 64L << 20)
    .load(paths: _*)
    .where("allocated")
    .select("path", "data")

  @tailrec private def source(rdd: RDD[_]): RDD[_] =
    if (rdd.dependencies.isEmpty) rdd else source(rdd.dependencies.head.rdd)

  for (how <- Seq("names", "a glob", "a directory")) {
    test(s"a partition of files given by $how prefers the host of its blocks") {
      val expected = copies.values.toSeq.sorted
      val paths = how match {
        case "names"  => copies.keys.toSeq
        case "a glob" => Seq(s"${hdfs.uri}/copies/*.qcow2")
        case _        => Seq(s"${hdfs.uri}/copies")
      }
      val scan = source(blocks(paths).queryExecution.toRdd)
      val preferred = scan.partitions.toSeq.map(scan.preferredLocations(_))
      assert(preferred.map(_.mkString(",")).sorted === expected)
    }
  }

  test("tasks run on the host of their blocks") {
    val expected = copies
    val rows = blocks(expected.keys.toSeq)
    val (readings, tasks) = tasksOf(Reading.scan(rows))
    assert(readings.map(_.path).toSet === expected.keySet)
    val hosts = tasks.map(task => task.executorId -> task.host).toMap
    assert(hosts.values.toSet === workerHosts.toSet)
    for (reading <- readings) {
      assert(hosts(reading.executor) === expected(reading.path), reading)
    }
    val levels = tasks.map(_.taskLocality).toSet
    assert(levels.subsetOf(Set(TaskLocality.PROCESS_LOCAL, TaskLocality.NODE_LOCAL)))
  }

  /** Runs a scan of all copies; its result and its tasks. */
  private def tasksOf[T](scan: => T): (T, Seq[TaskInfo]) = {
    val ended = new ConcurrentLinkedQueue[TaskInfo]
    val listener = new SparkListener {
      override def onTaskEnd(task: SparkListenerTaskEnd): Unit = ended.add(task.taskInfo)
    }
    spark.sparkContext.addSparkListener(listener)
    try {
      val result = scan
      eventually(assert(ended.size === copies.size))
      (result, ended.asScala.toSeq)
    } finally spark.sparkContext.removeSparkListener(listener)
  }
}
