package io.diskimage.cluster

import java.nio.file.{Files, Path}
import java.security.MessageDigest
import java.util.HexFormat

import scala.reflect.ClassTag

import org.apache.spark.SparkEnv
import org.apache.spark.sql.SparkSession

import io.diskimage.spark.cache.ImageCache
import io.diskimage.spark.io.ImageInputs

/** A JVM that scans, as it describes itself.
  *
  * @param executor
  *   as Spark calls it
  * @param process
  *   of the operating system
  * @param connector
  *   SHA-256 of the file that the connector's classes come from
  * @param opened
  *   images opened since the JVM started
  * @param leases
  *   images in use by readers
  * @param streams
  *   files open
  */
case class ConnectorProcess(
    executor: String,
    process: Long,
    connector: String,
    opened: Long,
    leases: Int,
    streams: Int
)

/** Executors run this: it needs nothing but Spark and the connector, for they have nothing else. */
object ConnectorProcess {

  /** This JVM. */
  def here(): ConnectorProcess = {
    val stats = ImageCache.get().stats()
    ConnectorProcess(
      executorId(),
      ProcessHandle.current().pid(),
      sha256(codeSource(classOf[ImageCache])),
      stats.opened(),
      stats.leases(),
      ImageInputs.open()
    )
  }

  /** Each executor. */
  def onExecutors(spark: SparkSession, executors: Int): Seq[ConnectorProcess] =
    runOnEach(spark, executors)(() => here())

  /** Closes the images that executors keep open without using them. */
  def forgetImages(spark: SparkSession, executors: Int): Unit =
    runOnEach(spark, executors)(() => forgetImagesHere())

  def forgetImagesHere(): Unit = ImageCache.get().clear()

  /** A barrier stage starts its tasks together, so that each free core gets one. */
  private def runOnEach[T: ClassTag](spark: SparkSession, executors: Int)(body: () => T): Seq[T] =
    spark.sparkContext
      .parallelize(1 to executors, executors)
      .barrier()
      .mapPartitions(_ => Iterator(body()))
      .collect()
      .toSeq

  def executorId(): String = SparkEnv.get.executorId

  /** The jar or directory that a class was loaded from. */
  def codeSource(code: Class[_]): Path =
    Path.of(code.getProtectionDomain.getCodeSource.getLocation.toURI).toRealPath()

  def sha256(file: Path): String =
    HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)))
}
