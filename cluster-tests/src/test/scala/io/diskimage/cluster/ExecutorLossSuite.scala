package io.diskimage.cluster

import org.scalatest.funsuite.AnyFunSuite

/** An executor dies in the middle of a scan. */
class ExecutorLossSuite extends AnyFunSuite with LocalCluster with Disks with FaultBehaviour {
  private lazy val disk = StoredDisk.make(directory, 3)

  test("a scan outlives an executor that is killed") {
    val before = processes().map(_.process).toSet
    val blocks = quietly {
      StoredDisk.readWhile(StoredDisk.scan(spark, s"file:${disk.image}")) { process =>
        assert(before(process))
        kill(ProcessHandle.of(process).orElseThrow())
      }
    }
    assert(blocks === disk.blocks)
    assertNothingLeft()
    assert((before -- processes().map(_.process)).size === 1)
  }
}
