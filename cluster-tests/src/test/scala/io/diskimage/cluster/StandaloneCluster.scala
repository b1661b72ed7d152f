package io.diskimage.cluster

import java.nio.file.Files

import org.scalatest.Suite

/** Spark's own cluster manager: a master and workers, each a JVM, and an executor of each worker.
  */
trait StandaloneCluster extends Executors { this: Suite =>

  /** Where workers listen and what their executors call their host. All are this machine. */
  protected def workerHosts: Seq[String] = Seq("127.0.0.1", "127.0.0.2")

  override protected def executors: Int = workerHosts.size

  private lazy val directory = Files.createTempDirectory(Build.target, "standalone-")

  /** All that have started, whether they came up or not. */
  private var daemons = Seq.empty[SparkDaemon]

  private def start(log: String, host: String, main: String, arguments: String*): SparkDaemon = {
    val ports = Seq("--port", "0", "--webui-port", "0")
    val daemon = new SparkDaemon(directory.resolve(log), host, main, ports ++ arguments)
    daemons :+= daemon
    daemon
  }

  override protected lazy val master: String = {
    val daemon = start("master.log", "127.0.0.1", "org.apache.spark.deploy.master.Master")
    eventually(daemon.logged("Starting Spark master at (spark://\\S+)".r))
  }

  /** In the order of their hosts. */
  protected lazy val workers: Seq[SparkDaemon] = workerHosts.zipWithIndex.map { case (host, i) =>
    val work = directory.resolve(s"worker-$i").toString
    val resources = Seq("--cores", "1", "--memory", "1g", "--work-dir", work)
    val arguments = resources :+ master
    start(s"worker-$i.log", host, "org.apache.spark.deploy.worker.Worker", arguments: _*)
  }

  override protected def clusterConf: Map[String, String] = {
    // The session waits for the executors, but not long for their hosts.
    workers.foreach(worker => eventually(worker.logged("(Successfully registered)".r)))
    super.clusterConf ++ Map(
      "spark.executor.memory" -> "768m",
      // A host is worth waiting for: all executors are on this machine, which may be busy.
      "spark.locality.wait" -> "60s"
    )
  }

  override protected def release(): Unit =
    try super.release()
    finally {
      daemons.reverse.foreach(_.close())
      Programs.run("rm", "-rf", directory.toString)
    }
}
