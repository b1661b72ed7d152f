package io.diskimage.cluster

import java.nio.file.{Files, Path}

import scala.io.Source
import scala.util.Using

/** The sample fleet on storage that a cluster reads. There is one trait for each kind of storage.
  */
trait Fleet {

  /** The fleet as Spark is told to load it. */
  protected def fleetRoot: String

  /** The same files on a local disk, for programs that know no other storage. */
  protected def fleetDirectory: Path

  /** Column `path` of a file of the fleet. */
  protected def pathOf(file: FleetFile): String = s"$fleetRoot/${file.name}"

  /** What the fleet is known to hold. */
  protected lazy val manifest: Seq[FleetFile] = FleetFile.all(fleetDirectory)

  protected def file(name: String): FleetFile =
    manifest.find(_.name == name).getOrElse(throw new IllegalArgumentException(name))

  protected def localPath(file: FleetFile): Path = fleetDirectory.resolve(file.name)

  /** Files whose blocks can all be read. */
  protected def readable: Seq[FleetFile] = manifest.filter(_.readable)

  /** Files that can't be opened for reading. */
  protected def unopenable: Seq[FleetFile] =
    manifest.filter(file => file.error.isDefined || file.refusal.isDefined)
}

/** The fleet on the disk of this machine. */
trait LocalFleet extends Fleet {
  override protected lazy val fleetDirectory: Path = LocalFleet.directory
  override protected def fleetRoot: String = s"file:$fleetDirectory"
}

object LocalFleet {

  /** Where the archive is unpacked, once for each run. */
  private lazy val directory: Path = {
    val target = Files.createDirectories(Build.target)
    Programs.run("rm", "-rf", target.resolve("fleet").toString)
    Programs.run("tar", "-xzf", Build.fleetArchive.toString, "-C", target.toString)
    target.resolve("fleet").toRealPath()
  }
}

/** A file of the fleet, as its manifest tells; qemu-img measured it when the fleet was made.
  *
  * @param name
  *   relative to the fleet
  * @param clusterSize
  *   bytes, none for formats without clusters
  * @param allocatedSize
  *   bytes of the virtual disk that are stored
  * @param error
  *   class of the error that opening for information ends with, or a part of its message
  * @param blocks
  *   `read`, `refused: ` and a part of the message, or `N unreadable`
  */
case class FleetFile(
    name: String,
    format: Option[String],
    virtualSize: Option[Long],
    clusterSize: Option[Long],
    allocatedSize: Option[Long],
    snapshots: Option[Long],
    error: Option[String],
    blocks: Option[String]
) {
  def readable: Boolean = blocks.contains("read")

  /** Whether it is the child of another VHD or VDI, which QEMU refuses or reads as if it had none.
    */
  def isChild: Boolean = name.endsWith("-child.vhd") || name.endsWith("-child.vdi")

  /** A part of the message why blocks and extents are refused. */
  def refusal: Option[String] = blocks.filter(_.startsWith("refused: ")).map(_.drop(9))

  /** Number of blocks of 64 KiB whose stored data can't be decoded. */
  def unreadableBlocks: Int =
    blocks.filter(_.endsWith(" unreadable")).fold(0)(_.takeWhile(_.isDigit).toInt)
}

object FleetFile {
  def all(fleet: Path): Seq[FleetFile] =
    Using.resource(Source.fromFile(fleet.resolve("_MANIFEST.tsv").toFile, "UTF-8")) { source =>
      val lines = source.getLines().map(_.split('\t')).toSeq
      val columns = lines.head
      lines.tail.map { line =>
        val values = columns.zip(line).toMap.filter { case (_, value) => value != "-" }
        FleetFile(
          values("path"),
          values.get("format"),
          values.get("virtual_size").map(_.toLong),
          values.get("cluster_size").map(_.toLong),
          values.get("allocated_size").map(_.toLong),
          values.get("snapshots").map(_.toLong),
          values.get("error"),
          values.get("blocks")
        )
      }
    }
}
