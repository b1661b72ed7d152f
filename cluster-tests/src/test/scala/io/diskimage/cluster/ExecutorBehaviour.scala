package io.diskimage.cluster

import org.scalatest.funsuite.AnyFunSuite

/** Executors have nothing of the connector but the packaged jar. */
trait ExecutorBehaviour { this: AnyFunSuite with Executors =>
  test("each executor is a JVM of its own with the packaged connector") {
    val found = processes()
    assert(found.map(_.executor).distinct.size === executors)
    assert(found.map(_.process).distinct.size === executors)
    assert(!found.map(_.process).contains(ProcessHandle.current().pid()))
    val packaged = ConnectorProcess.sha256(Build.connectorJar)
    assert(found.map(_.connector).toSet === Set(packaged))
    assert(ConnectorProcess.here().connector === packaged)
  }
}
