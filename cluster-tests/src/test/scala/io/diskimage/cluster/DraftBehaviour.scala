package io.diskimage.cluster

import java.nio.file.{FileAlreadyExistsException, Files, Path}

import scala.jdk.CollectionConverters._
import scala.util.{Random, Using}

import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.{FileSystem, Path => StorePath}
import org.scalatest.funsuite.AnyFunSuite

import io.diskimage.format.{
  CreateOptions,
  ImageChangedException,
  ImageFormat,
  ImageFormats,
  WritableDiskImage,
  WriteOptions
}
import io.diskimage.spark.publish.{ImageDraft, ImageDrafts}

/** Images that are created and changed at paths of a store. */
trait DraftBehaviour { this: AnyFunSuite with SparkCluster with Disks =>

  /** A directory that is there, for this suite alone. */
  protected def store: String

  /** Uploads to the store that are neither completed nor aborted. */
  protected def uploads(): Seq[String]

  protected lazy val disk: StoredDisk = StoredDisk.make(directory, 11)
  protected lazy val other: StoredDisk = StoredDisk.make(directory, 12)
  protected lazy val spools: Path = Files.createDirectory(directory.resolve("spools"))

  protected def conf: Configuration = spark.sparkContext.hadoopConfiguration

  protected def files: FileSystem = new StorePath(store).getFileSystem(conf)

  protected def drafts: ImageDrafts = new ImageDrafts(conf, spools)

  /** The directory of a test. */
  protected def fresh(name: String): StorePath = {
    val path = new StorePath(store, name)
    files.mkdirs(path)
    path
  }

  protected def upload(image: Path, path: StorePath): Unit =
    files.copyFromLocalFile(false, true, new StorePath(image.toUri), path)

  /** All names in a directory, those included that listings of Spark leave out. */
  protected def namesIn(path: StorePath): Seq[String] =
    files.listStatus(path).map(_.getPath.getName).toSeq.sorted

  protected def stored(path: StorePath): Array[Byte] =
    Using.resource(files.open(path))(_.readAllBytes())

  /** Holds that a directory has these files, and that nothing is left, here or there. */
  protected def assertOnly(path: StorePath, names: String*): Unit = {
    assert(namesIn(path) === names)
    assert(uploads() === Seq.empty)
    assert(Using.resource(Files.list(spools))(_.iterator().asScala.toSeq) === Seq.empty)
    assert(ConnectorProcess.here().streams === 0)
  }

  protected def qcow2: ImageFormat = format("qcow2")

  private def format(name: String): ImageFormat = ImageFormats.byName(name).get

  /** Writes the image of a draft, and publishes it if it is asked to. */
  private def create(draft: ImageDraft, format: ImageFormat, seed: Int): Array[Byte] =
    Using.resource(format.create(draft.target(), CreateOptions.ofSize(6 << 20))) { image =>
      writeAtRandom(image, new Array[Byte](image.virtualSize.toInt), seed)
    }

  /** Changes the image of a draft. */
  protected def change(draft: ImageDraft, content: Array[Byte]): Array[Byte] =
    Using.resource(qcow2.openForWriting(draft.target(), WriteOptions.DEFAULT)) { image =>
      writeAtRandom(image, content, 1)
    }

  private def writeAtRandom(image: WritableDiskImage, content: Array[Byte], seed: Int) = {
    val random = new Random(seed)
    for (_ <- 1 to 20) {
      val bytes = random.nextBytes(1 + random.nextInt(100000))
      val offset = random.nextInt(content.length - bytes.length)
      image.write(offset.toLong, bytes, 0, bytes.length)
      System.arraycopy(bytes, 0, content, offset, bytes.length)
    }
    content
  }

  protected def contentOf(image: Path): Array[Byte] =
    QemuImg.withContent("qcow2", image)(content => content.bytes(0, content.size.toInt))

  /** Holds that a stored image has this content, as qemu-img and as Spark read it. */
  private def assertContent(path: StorePath, format: String, content: Array[Byte]): Unit = {
    val copy = Files.createTempDirectory(directory, "copy-").resolve(path.getName)
    Files.write(copy, stored(path))
    QemuImg.withContent(format, copy) { found =>
      assert(found.size === content.length)
      assert(found.bytes(0, content.length) === content)
    }
    val blocks = spark.read
      .format("diskimage")
      .option("unallocated", "zeros")
      .load(path.toString)
      .select("`offset`", "data")
      .collect()
    val found = new Array[Byte](content.length)
    for (block <- blocks) {
      val bytes = block.getAs[Array[Byte]](1)
      System.arraycopy(bytes, 0, found, block.getLong(0).toInt, bytes.length)
    }
    assert(found === content)
    forgetImages()
  }

  for (name <- Seq("qcow2", "vpc", "vdi", "parallels", "raw")) {
    test(s"an image of the format $name is created") {
      QemuImg.required()
      val parent = fresh(s"create-$name")
      val path = new StorePath(parent, "new disk.raw")
      val content = Using.resource(drafts.create(path)) { draft =>
        val content = create(draft, format(name), 2)
        assertOnlySpooled(parent)
        draft.publish()
        content
      }
      assertContent(path, name, content)
      assertOnly(parent, path.getName)
    }
  }

  private def assertOnlySpooled(parent: StorePath) = {
    assert(namesIn(parent) === Seq.empty)
    assert(Using.resource(Files.list(spools))(_.count()) === 1)
  }

  test("an image is changed") {
    val parent = fresh("change")
    val path = new StorePath(parent, "disk.qcow2")
    upload(disk.image, path)
    val content = Using.resource(drafts.open(path)) { draft =>
      val content = change(draft, contentOf(disk.image))
      assert(stored(path) === Files.readAllBytes(disk.image))
      draft.publish()
      content
    }
    assertContent(path, "qcow2", content)
    assertOnly(parent, "disk.qcow2")
  }

  test("a draft that is not published leaves nothing, and what was there") {
    val parent = fresh("closed")
    val path = new StorePath(parent, "disk.qcow2")
    Using.resource(drafts.create(path))(draft => create(draft, qcow2, 3))
    assertOnly(parent)
    upload(disk.image, path)
    Using.resource(drafts.open(path))(draft => change(draft, contentOf(disk.image)))
    assert(stored(path) === Files.readAllBytes(disk.image))
    assertThrows[FileAlreadyExistsException](drafts.create(path))
    assertOnly(parent, "disk.qcow2")
  }

  test("an image that somebody else has replaced is not overwritten") {
    val parent = fresh("replaced")
    val path = new StorePath(parent, "disk.qcow2")
    upload(disk.image, path)
    assert(Files.size(disk.image) === Files.size(other.image))
    Using.resource(drafts.open(path)) { draft =>
      change(draft, contentOf(disk.image))
      upload(other.image, path)
      val failure = intercept[ImageChangedException](draft.publish())
      assert(failure.getMessage.contains(path.toString))
    }
    assert(stored(path) === Files.readAllBytes(other.image))
    assertOnly(parent, "disk.qcow2")
  }

  test("an image that somebody else has removed is not put back") {
    val parent = fresh("removed")
    val path = new StorePath(parent, "disk.qcow2")
    upload(disk.image, path)
    Using.resource(drafts.open(path)) { draft =>
      change(draft, contentOf(disk.image))
      files.delete(path, false)
      // In a bucket a directory without objects is not there.
      files.mkdirs(parent)
      assertThrows[ImageChangedException](draft.publish())
    }
    assertOnly(parent)
  }

  test("a new image does not replace what somebody else has created") {
    val parent = fresh("created")
    val path = new StorePath(parent, "disk.qcow2")
    Using.resource(drafts.create(path)) { draft =>
      create(draft, qcow2, 4)
      upload(other.image, path)
      assertThrows[ImageChangedException](draft.publish())
    }
    assert(stored(path) === Files.readAllBytes(other.image))
    assertOnly(parent, "disk.qcow2")
  }
}
