package io.diskimage.cluster

import java.nio.file.{Files, Path}

import scala.jdk.CollectionConverters._

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import org.scalatest.Assertions._

/** The program by which scans are judged. */
object QemuImg {
  private val json = new ObjectMapper()
  private lazy val available = Programs.starts("qemu-img")

  /** Cancels the test where there is no qemu-img, fails it if `DISKIMAGE_REQUIRE_ORACLE=1`. */
  def required(): Unit = {
    if (!available) {
      if (sys.env.get("DISKIMAGE_REQUIRE_ORACLE").contains("1")) {
        fail("DISKIMAGE_REQUIRE_ORACLE=1, but qemu-img cannot be run")
      }
      cancel("qemu-img cannot be run: nothing to compare with")
    }
  }

  /** One run of `qemu-img map`. The offset is that in the host file. */
  case class MapRun(
      start: Long,
      length: Long,
      depth: Option[Int],
      present: Boolean,
      zero: Boolean,
      data: Boolean,
      offset: Option[Long]
  )

  /** One internal snapshot. */
  case class Snapshot(id: String, name: String, seconds: Long, vmStateSize: Long)

  def virtualSize(format: String, image: Path): Long =
    info(format, image).get("virtual-size").asLong

  def snapshots(image: Path): Seq[Snapshot] =
    info("qcow2", image).path("snapshots").elements().asScala.toSeq.map { snapshot =>
      Snapshot(
        snapshot.get("id").asText,
        snapshot.get("name").asText,
        snapshot.get("date-sec").asLong,
        snapshot.get("vm-state-size").asLong
      )
    }

  /** The map of an image without its backing file, taken of a copy without holes: holes of the host
    * file are a matter of the file system. What is left to the backing file has no depth and is not
    * zero.
    */
  def map(format: String, image: Path): Seq[MapRun] = onCopy(image) { copy =>
    val hasBackingFile = info(format, copy).has("backing-filename")
    runsOf(Programs.run("qemu-img", "map", "--output=json", alone(format, copy)))
      .map(run => mapRun(run, below = hasBackingFile && !run.get("present").asBoolean))
  }

  private def runsOf(output: String): Seq[JsonNode] =
    json.readTree(output).elements().asScala.toSeq

  private def mapRun(run: JsonNode, below: Boolean): MapRun = MapRun(
    run.get("start").asLong,
    run.get("length").asLong,
    Option.unless(below)(run.get("depth").asInt),
    run.get("present").asBoolean,
    run.get("zero").asBoolean && !below,
    run.get("data").asBoolean,
    Option(run.get("offset")).map(_.asLong)
  )

  /** Hands the guest's content of an image, without its backing file, to a body.
    *
    * @param snapshot
    *   internal snapshot to go to, none for the active disk
    */
  def withContent[T](format: String, image: Path, snapshot: Option[String] = None)(
      body: DiskContent => T
  ): T = onCopy(image) { copy =>
    snapshot.foreach(Programs.run("qemu-img", "snapshot", "-a", _, copy.toString))
    val raw = copy.resolveSibling("content")
    Programs.run("qemu-img", "convert", "-O", "raw", alone(format, copy), raw.toString)
    try DiskContent.of(raw)(body)
    finally Files.delete(raw)
  }

  /** The map of an image with its backing files, which lie beside it. */
  def mapOfChain(image: Path): Seq[MapRun] = onCopy(chain(image): _*) { copy =>
    runsOf(Programs.run("qemu-img", "map", "--output=json", "-f", "qcow2", copy.toString))
      .map(run => mapRun(run, below = false))
  }

  /** Hands the guest's content of an image with its backing files to a body. */
  def withChainContent[T](image: Path)(body: DiskContent => T): T = onCopy(chain(image): _*) {
    copy =>
      val raw = copy.resolveSibling("content")
      Programs.run("qemu-img", "convert", "-f", "qcow2", "-O", "raw", copy.toString, raw.toString)
      try DiskContent.of(raw)(body)
      finally Files.delete(raw)
  }

  /** The counters of `qemu-img check`, by their JSON keys; it leaves out those that are zero. None
    * where it can't check the image.
    */
  def check(format: String, image: Path): Option[Map[String, Long]] = {
    // A loop of backing files it follows until no more files can be opened, be they many.
    val command = Seq("prlimit", "--nofile=256", "qemu-img", "check", "--output=json", "-f", format)
    val process = new ProcessBuilder(command :+ image.toString: _*)
      .redirectError(ProcessBuilder.Redirect.DISCARD)
      .start()
    process.getOutputStream.close()
    val output = process.getInputStream.readAllBytes()
    // Clean, corrupt and leaking images; others were refused or not checked to the end.
    Option.when(Set(0, 2, 3).contains(process.waitFor())) {
      val counters = json.readTree(output).properties().asScala.filter(_.getValue.isNumber)
      counters.map(counter => counter.getKey -> counter.getValue.asLong).toMap
    }
  }

  private def info(format: String, image: Path): JsonNode =
    json.readTree(Programs.run("qemu-img", "info", "-f", format, "--output=json", image.toString))

  private def alone(format: String, image: Path): String = {
    val options = json.createObjectNode()
    options.put("driver", format)
    options.putObject("file").put("driver", "file").put("filename", image.toString)
    if (format == "qcow2") {
      options.putNull("backing")
    }
    s"json:$options"
  }

  /** An image and its backing files. */
  private def chain(image: Path): Seq[Path] = {
    val command = Seq("qemu-img", "info", "-f", "qcow2", "--backing-chain", "--output=json")
    val layers = json.readTree(Programs.run(command :+ image.toString: _*))
    layers.elements().asScala.map(layer => Path.of(layer.get("filename").asText)).toSeq
  }

  /** Copies images into one directory, and hands the copy of the first to a body. */
  private def onCopy[T](images: Path*)(body: Path => T): T = {
    val directory = Files.createTempDirectory(Build.target, "qemu-img-")
    try {
      for (image <- images) {
        val copy = directory.resolve(image.getFileName).toString
        Programs.run("cp", "--sparse=never", image.toString, copy)
      }
      body(directory.resolve(images.head.getFileName))
    } finally Programs.run("rm", "-rf", directory.toString)
  }
}
