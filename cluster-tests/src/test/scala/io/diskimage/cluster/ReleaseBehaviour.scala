package io.diskimage.cluster

import org.apache.spark.SparkContext
import org.apache.spark.sql.SparkSession
import org.scalatest.funsuite.AnyFunSuite

/** The class path is the one that the build is meant to have. */
trait ReleaseBehaviour { this: AnyFunSuite with SparkCluster =>
  test("Spark is the release that is to be tested") {
    assert(spark.version === Build.sparkVersion)
    val jars = Seq[Class[_]](classOf[SparkSession], classOf[SparkContext], spark.getClass)
    for (jar <- jars.map(code => ConnectorProcess.codeSource(code).getFileName.toString)) {
      assert(jar.endsWith(s"-${Build.sparkVersion}.jar"))
    }
  }

  test("the connector is the packaged jar") {
    assert(processes().map(_.connector) === Seq(ConnectorProcess.sha256(Build.connectorJar)))
  }
}
