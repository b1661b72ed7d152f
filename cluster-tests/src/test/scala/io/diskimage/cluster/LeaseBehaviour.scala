package io.diskimage.cluster

import org.scalatest.funsuite.AnyFunSuite

/** To be mixed in last: what the scans of the other behaviours left behind. */
trait LeaseBehaviour { this: AnyFunSuite with SparkCluster =>
  test("no image is in use when all scans are over") {
    val found = processes()
    assert(found.exists(_.opened > 0))
    assert(found.filter(_.leases != 0).isEmpty)
  }

  test("no file is open when all images are forgotten") {
    assert(processes().exists(_.streams > 0))
    forgetImages()
    assert(processes().filter(process => process.leases != 0 || process.streams != 0).isEmpty)
  }
}
