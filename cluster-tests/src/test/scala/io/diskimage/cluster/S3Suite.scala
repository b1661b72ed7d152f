package io.diskimage.cluster

import org.scalatest.funsuite.AnyFunSuite

/** Images in a bucket, read through S3A. */
class S3Suite
    extends AnyFunSuite
    with LocalCluster
    with S3Fleet
    with ExecutorBehaviour
    with OracleBehaviour
    with CheckOracleBehaviour
    with ChainBehaviour
    with SnapshotBehaviour
    with DamageBehaviour
    with LeaseBehaviour
