package io.diskimage.cluster

import org.scalatest.funsuite.AnyFunSuite

/** Executors of Spark's own cluster manager, images on the local disk. */
class StandaloneSuite
    extends AnyFunSuite
    with StandaloneCluster
    with LocalFleet
    with ExecutorBehaviour
    with OracleBehaviour
    with CheckOracleBehaviour
    with ChainBehaviour
    with SnapshotBehaviour
    with DamageBehaviour
    with LeaseBehaviour
