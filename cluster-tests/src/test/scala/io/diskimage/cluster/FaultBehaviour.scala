package io.diskimage.cluster

import java.util.concurrent.atomic.AtomicBoolean

import org.apache.spark.{SparkException, Success}
import org.apache.spark.scheduler.{SparkListener, SparkListenerTaskEnd}
import org.scalatest.funsuite.AnyFunSuite

/** What suites about faults share. */
trait FaultBehaviour { this: AnyFunSuite with Executors =>

  /** The one error that a scan is to end with.
    *
    * @return
    *   its message, and that of all causes
    */
  protected def failureOf(scan: => Any): String = {
    val failure = intercept[SparkException](quietly(scan))
    Iterator.iterate[Throwable](failure)(_.getCause).takeWhile(_ != null).mkString("\n")
  }

  /** Runs a body that is to fail an attempt of a task.
    *
    * @param body
    *   gets a way to ask whether one has failed by now
    */
  protected def failingATask[T](body: (() => Boolean) => T): T = {
    val failed = new AtomicBoolean
    val listener = new SparkListener {
      override def onTaskEnd(end: SparkListenerTaskEnd): Unit =
        if (end.reason != Success) {
          failed.set(true)
        }
    }
    spark.sparkContext.addSparkListener(listener)
    try {
      val result = quietly(body(() => failed.get))
      assert(failed.get, "no task failed")
      result
    } finally spark.sparkContext.removeSparkListener(listener)
  }

  /** Ends a process of this cluster, which learns nothing of it. */
  protected def kill(process: ProcessHandle): Unit = {
    assert(process.destroyForcibly())
    eventually(assert(!process.isAlive))
  }

  /** After a fault nobody has an image in use, and with the images forgotten no file is open. */
  protected def assertNothingLeft(): Unit = eventually {
    forgetImages()
    val found = processes() :+ ConnectorProcess.here()
    assert(found.forall(process => process.leases == 0 && process.streams == 0), found)
  }
}
