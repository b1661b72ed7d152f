package io.diskimage.cluster

import java.io.IOException
import java.nio.file.{Files, Path}

import scala.jdk.CollectionConverters._
import scala.util.Using

/** TCP ports on which this process listens, as Linux tells it. */
object ListeningPorts {
  private val listening = "0A"

  /** None where there is no `/proc`. */
  def here(): Set[Int] = {
    val sockets = descriptors()
    for {
      table <- Set("tcp", "tcp6").map(Path.of("/proc/self/net", _)).filter(Files.exists(_))
      // Fields: number, local address:port, remote address:port, state, ..., inode.
      fields <- Files.readAllLines(table).asScala.drop(1).map(_.trim.split("\\s+"))
      if fields(3) == listening && sockets.contains(s"socket:[${fields(9)}]")
    } yield Integer.parseInt(fields(1).split(':')(1), 16)
  }

  private def descriptors(): Set[String] = {
    val directory = Path.of("/proc/self/fd")
    if (!Files.exists(directory)) Set.empty
    else
      Using.resource(Files.list(directory)) { entries =>
        entries.iterator().asScala.flatMap(targetOf).toSet
      }
  }

  /** None if the descriptor is closed by now, as that of the listing itself. */
  private def targetOf(descriptor: Path): Option[String] =
    try Some(Files.readSymbolicLink(descriptor).toString)
    catch { case _: IOException => None }
}
