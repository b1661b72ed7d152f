package io.diskimage.cluster

import java.nio.file.Files

import scala.jdk.CollectionConverters._
import scala.util.Using

import org.scalatest.concurrent.Eventually
import org.scalatest.time.{Seconds, Span}
import org.scalatest.{BeforeAndAfterAll, Suite}

/** When a suite is over, the processes that it started have ended, and so nothing listens that did
  * in them; what it wrote below the build's directory is gone, but for logs and what all suites
  * share.
  */
trait Leftovers extends BeforeAndAfterAll with Eventually { this: Suite =>
  private val shared = Set("fleet", "scratch", "surefire-reports")
  private var filesBefore = Set.empty[String]
  private var portsBefore = Set.empty[Int]
  private var started = Set.empty[ProcessHandle]

  implicit override def patienceConfig: PatienceConfig =
    PatienceConfig(timeout = Span(60, Seconds))

  override protected def beforeAll(): Unit = {
    super.beforeAll()
    filesBefore = files()
    portsBefore = ListeningPorts.here()
  }

  /** To be called while all that the suite has started runs: what is orphaned is not found later.
    */
  protected def noteProcesses(): Unit =
    started ++= ProcessHandle.current().descendants().iterator().asScala

  override protected def afterAll(): Unit = {
    super.afterAll()
    eventually(assert(started.filter(_.isAlive).isEmpty, "processes are left"))
    eventually(assert((ListeningPorts.here() -- portsBefore).isEmpty, "ports are open"))
    assert((files() -- filesBefore).isEmpty, "files are left")
  }

  private def files(): Set[String] =
    Using
      .resource(Files.list(Files.createDirectories(Build.target))) { entries =>
        entries.iterator().asScala.map(_.getFileName.toString).toSet
      }
      .filterNot(name => shared.contains(name) || name.endsWith(".log"))
}
