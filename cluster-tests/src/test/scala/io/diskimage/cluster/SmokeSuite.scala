package io.diskimage.cluster

import org.scalatest.funsuite.AnyFunSuite

/** The packaged jar in one JVM, on the Spark release that the class path has. */
class SmokeSuite
    extends AnyFunSuite
    with LocalSpark
    with LocalFleet
    with ReleaseBehaviour
    with FleetBehaviour
    with QueryBehaviour
    with DamageBehaviour
    with CheckBehaviour
    with OracleBehaviour
    with CheckOracleBehaviour
    with ChainBehaviour
    with SnapshotBehaviour
    with IndexBehaviour
    with LeaseBehaviour
