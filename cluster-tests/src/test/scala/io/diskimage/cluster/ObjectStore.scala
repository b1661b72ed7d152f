package io.diskimage.cluster

import java.nio.file.Path

import scala.jdk.CollectionConverters._

import org.apache.hadoop.fs.{Path => StorePath}
import org.scalatest.Suite

import io.diskimage.services.S3Service

/** A bucket behind a proxy, which can make it fail. */
trait ObjectStore extends SparkCluster { this: Suite =>
  protected lazy val service: S3Service = S3Service.start(Build.target)
  protected lazy val proxy = new FaultProxy(service.endpoint)

  /** S3A gives up soon, so that faults are seen that it would bear for minutes. */
  private val impatience = Map(
    "fs.s3a.attempts.maximum" -> "1",
    "fs.s3a.retry.limit" -> "2",
    "fs.s3a.retry.interval" -> "20ms",
    "fs.s3a.retry.throttle.limit" -> "2",
    "fs.s3a.retry.throttle.interval" -> "20ms"
  )

  override protected def storageConf: Map[String, String] =
    super.storageConf ++ S3Service.configuration(proxy.endpoint).asScala ++ impatience

  /** Puts a file into the bucket, in place of what has the name there. */
  protected def put(file: Path, name: String): String = {
    val path = new StorePath(s"s3a://${S3Service.BUCKET}/$name")
    val files = path.getFileSystem(spark.sparkContext.hadoopConfiguration)
    files.copyFromLocalFile(false, true, new StorePath(file.toUri), path)
    path.toString
  }

  override protected def release(): Unit =
    try super.release()
    finally {
      proxy.close()
      service.close()
    }
}
