package io.diskimage.cluster

import org.scalatest.funsuite.AnyFunSuite

/** Images on HDFS, whose datanodes are on the hosts of the executors. */
class HdfsSuite
    extends AnyFunSuite
    with StandaloneCluster
    with HdfsFleet
    with ExecutorBehaviour
    with LocalityBehaviour
    with OracleBehaviour
    with CheckOracleBehaviour
    with ChainBehaviour
    with SnapshotBehaviour
    with DamageBehaviour
    with LeaseBehaviour
