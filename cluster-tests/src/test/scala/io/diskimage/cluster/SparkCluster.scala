package io.diskimage.cluster

import java.nio.file.Files

import org.apache.hadoop.fs.FileSystem
import org.apache.spark.sql.SparkSession
import org.scalatest.Suite

/** A Spark to run behaviours on. There is one trait for each kind of cluster. */
trait SparkCluster extends Leftovers { this: Suite =>

  /** What makes this cluster: its master, and how it gets at the connector. */
  protected def clusterConf: Map[String, String]

  /** What Hadoop must be told to get at the storage of the suite. */
  protected def storageConf: Map[String, String] = Map.empty

  /** The JVMs that run tasks. */
  protected def processes(): Seq[ConnectorProcess]

  /** Closes the images that these keep open without using them. */
  protected def forgetImages(): Unit

  /** The session of the suite. Its catalog `images` reads disk images. */
  protected lazy val spark: SparkSession = {
    val scratch = Files.createDirectories(Build.target.resolve("scratch")).toString
    val conf = Map(
      "spark.sql.catalog.images" -> "io.diskimage.spark.DiskImageCatalog",
      "spark.sql.session.timeZone" -> "UTC",
      "spark.sql.shuffle.partitions" -> "4",
      "spark.sql.warehouse.dir" -> s"$scratch/warehouse",
      "spark.driver.host" -> "127.0.0.1",
      "spark.ui.enabled" -> "false"
    ) ++ clusterConf ++ storageConf.map { case (key, value) => s"spark.hadoop.$key" -> value }
    conf
      .foldLeft(SparkSession.builder().appName(suiteName)) { case (builder, (key, value)) =>
        builder.config(key, value)
      }
      .getOrCreate()
  }

  /** Runs what is meant to fail, without the log of its failures. */
  protected def quietly[T](body: => T): T = {
    spark.sparkContext.setLogLevel("OFF")
    try body
    finally spark.sparkContext.setLogLevel("ERROR")
  }

  /** Ends what the suite has started. Hadoop keeps file systems by their names alone, and in the
    * next suite the same bucket is another service's.
    */
  protected def release(): Unit =
    try spark.stop()
    finally FileSystem.closeAll()

  override protected def beforeAll(): Unit = {
    super.beforeAll()
    // A session left over by another suite would be taken instead of the one described here.
    assert(SparkSession.getDefaultSession.isEmpty, "another suite did not stop its session")
    spark.sparkContext.setLogLevel("ERROR")
  }

  override protected def afterAll(): Unit = {
    noteProcesses()
    try release()
    finally super.afterAll()
  }
}

/** Tasks run in threads of this JVM. */
trait LocalSpark extends SparkCluster { this: Suite =>
  override protected def clusterConf: Map[String, String] = Map("spark.master" -> "local[2]")

  override protected def processes(): Seq[ConnectorProcess] = Seq(ConnectorProcess.here())

  override protected def forgetImages(): Unit = ConnectorProcess.forgetImagesHere()
}

/** A cluster whose executors are JVMs of their own, with one core each. They get the connector by
  * `spark.jars`.
  */
trait Executors extends SparkCluster { this: Suite =>
  protected def executors: Int

  protected def master: String

  override protected def clusterConf: Map[String, String] = Map(
    "spark.master" -> master,
    "spark.jars" -> s"${Build.connectorJar},${Build.suitesJar}",
    // The session is there when all executors are, so that each has a share of every scan.
    "spark.cores.max" -> executors.toString,
    "spark.scheduler.minRegisteredResourcesRatio" -> "1.0",
    "spark.scheduler.maxRegisteredResourcesWaitingTime" -> "120s"
  )

  override protected def processes(): Seq[ConnectorProcess] =
    ConnectorProcess.onExecutors(spark, executors)

  override protected def forgetImages(): Unit = ConnectorProcess.forgetImages(spark, executors)
}

/** Executors that Spark itself starts on this machine. */
trait LocalCluster extends Executors { this: Suite =>
  override protected def executors: Int = 2

  override protected def master: String = s"local-cluster[$executors,1,1024]"
}
