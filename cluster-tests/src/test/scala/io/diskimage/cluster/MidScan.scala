package io.diskimage.cluster

import java.nio.file.{Files, Path}

import scala.concurrent.{Await, Future}
import scala.concurrent.ExecutionContext.Implicits.global
import scala.concurrent.duration._
import scala.jdk.CollectionConverters._
import scala.util.Using

/** Things that happen while a scan is provably under way: its tasks stop until they have happened.
  * Tasks and suites meet in a directory, for they run on one machine.
  */
object MidScan {
  private val patience = 2.minutes

  /** Where the tasks of a scan stop. */
  case class Pause(directory: String) {

    /** Called by a task: tells that it came here, and waits until it may go on. */
    def reached(): Unit = {
      val process = ProcessHandle.current().pid().toString
      Files.writeString(Files.createTempFile(Path.of(directory), "task-", ""), process)
      await("to go on")(Option.when(Files.exists(mayGoOn))(()))
    }

    private[MidScan] def mayGoOn: Path = Path.of(directory).resolve("go-on")

    /** The process of a task that came here. */
    private[MidScan] def process(): Option[Long] =
      Using.resource(Files.newDirectoryStream(Path.of(directory), "task-*")) { tasks =>
        tasks.asScala.map(Files.readString).find(_.nonEmpty).map(_.toLong)
      }
  }

  /** Does something when the first task has stopped, then lets all go on.
    *
    * @param event
    *   gets the process of that task
    * @param scan
    *   runs the tasks
    */
  def during[T](event: Long => Unit)(scan: Pause => T): T = {
    val directory = Files.createTempDirectory(Build.target, "mid-scan-")
    val pause = Pause(directory.toString)
    try {
      val result = Future(scan(pause))
      try {
        val process = await("for a task") {
          if (result.isCompleted) {
            Await.result(result, Duration.Zero)
            throw new AssertionError("the scan ended without a stop")
          }
          pause.process()
        }
        event(process)
      } finally Files.createFile(pause.mayGoOn)
      Await.result(result, patience)
    } finally Programs.run("rm", "-rf", directory.toString)
  }

  /** Asks until there is an answer. */
  def await[T](what: String)(answer: => Option[T]): T = {
    val deadline = patience.fromNow
    var found = answer
    while (found.isEmpty) {
      if (deadline.isOverdue()) {
        throw new AssertionError(s"waited $patience $what")
      }
      Thread.sleep(20)
      found = answer
    }
    found.get
  }
}
