package io.diskimage.cluster

import org.scalatest.funsuite.AnyFunSuite

/** A worker dies in the middle of a scan, and its executor with it. */
class WorkerLossSuite extends AnyFunSuite with StandaloneCluster with Disks with FaultBehaviour {

  /** What had been on the lost host is not to wait for it. */
  override protected def clusterConf: Map[String, String] =
    super.clusterConf + ("spark.locality.wait" -> "1s")

  private lazy val disk = StoredDisk.make(directory, 6)

  test("a scan outlives a worker that is killed with its executor") {
    val blocks = quietly {
      StoredDisk.readWhile(StoredDisk.scan(spark, s"file:${disk.image}")) { process =>
        val executor = ProcessHandle.of(process).orElseThrow()
        val worker = executor.parent.orElseThrow()
        assert(workers.map(_.handle.pid()).contains(worker.pid()))
        kill(worker)
        kill(executor)
      }
    }
    assert(blocks === disk.blocks)
    val left = ConnectorProcess.onExecutors(spark, executors - 1)
    assert(left.map(_.leases) === Seq(0))
  }
}
