package io.diskimage.cluster

import java.nio.file.{Files, Path}

import org.scalatest.Suite

/** A directory for disks that lasts as long as the suite. */
trait Disks extends SparkCluster { this: Suite =>
  protected lazy val directory: Path = Files.createTempDirectory(Build.target, "disks-")

  override protected def release(): Unit =
    try super.release()
    finally Programs.run("rm", "-rf", directory.toString)
}
