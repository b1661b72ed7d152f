package io.diskimage.cluster

import java.nio.file.Path

/** What the build tells the suites by system properties. */
object Build {

  /** The packaged connector. */
  def connectorJar: Path = Path.of(property("diskimage.jar"))

  /** The compiled suites, for executors in other JVMs. */
  def suitesJar: Path = Path.of(property("diskimage.suites.jar"))

  /** Archive of the sample fleet. */
  def fleetArchive: Path = Path.of(property("diskimage.fleet"))

  /** The Spark release that is to be on the class path. */
  def sparkVersion: String = property("diskimage.spark.version")

  /** Directory for what suites write. */
  def target: Path = Path.of(property("diskimage.target"))

  private def property(name: String): String =
    sys.props.getOrElse(name, throw new IllegalStateException(s"system property $name is not set"))
}
