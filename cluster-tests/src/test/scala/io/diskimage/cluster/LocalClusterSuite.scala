package io.diskimage.cluster

import org.scalatest.funsuite.AnyFunSuite

/** The packaged jar on executors that are JVMs of their own, images on the local disk. */
class LocalClusterSuite
    extends AnyFunSuite
    with LocalCluster
    with LocalFleet
    with ExecutorBehaviour
    with FleetBehaviour
    with QueryBehaviour
    with DamageBehaviour
    with CheckBehaviour
    with IndexBehaviour
    with OracleBehaviour
    with CheckOracleBehaviour
    with ChainBehaviour
    with SnapshotBehaviour
    with CacheBehaviour
    with LeaseBehaviour
