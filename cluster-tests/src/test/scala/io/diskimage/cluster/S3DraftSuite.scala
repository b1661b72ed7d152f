package io.diskimage.cluster

import java.io.IOException
import java.nio.file.{Files, Path}

import scala.jdk.CollectionConverters._
import scala.util.Using

import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.{FileSystem, Path => StorePath}
import org.apache.hadoop.fs.s3a.S3AFileSystem
import org.scalatest.funsuite.AnyFunSuite

import io.diskimage.format.ImageChangedException
import io.diskimage.services.S3Service
import io.diskimage.spark.publish.ImageDraft

/** Images that are created and changed in a bucket. */
class S3DraftSuite
    extends AnyFunSuite
    with LocalSpark
    with ObjectStore
    with Disks
    with DraftBehaviour {

  /** The bucket, without the proxy. */
  private lazy val bucket: FileSystem = {
    val direct = new Configuration(conf)
    for ((key, value) <- S3Service.configuration(service.endpoint).asScala) {
      direct.set(key, value)
    }
    FileSystem.newInstance(new StorePath(store).toUri, direct)
  }

  /** Disks of these suites are put in parts, small ones as a whole. */
  override protected def storageConf: Map[String, String] =
    super.storageConf + ("fs.s3a.multipart.size" -> "5M")

  override protected def store: String = s"s3a://${S3Service.BUCKET}/drafts"

  override protected def uploads(): Seq[String] = {
    val listing = bucket.asInstanceOf[S3AFileSystem].listUploads("")
    Iterator.continually(listing).takeWhile(_.hasNext).map(_.next().key).toSeq
  }

  override protected def release(): Unit =
    try bucket.close()
    finally super.release()

  private def isPart(name: String)(request: StoreRequest) =
    request.method == "PUT" && request.path.endsWith(name)

  private def replace(image: Path, path: StorePath): Unit =
    bucket.copyFromLocalFile(false, true, new StorePath(image.toUri), path)

  /** What is put as a whole. */
  private def writeSmall(draft: ImageDraft): Unit =
    Using.resource(draft.target())(_.write(0, new Array[Byte](1000), 0, 1000))

  for (first <- Seq(0L, 3L)) {
    test(s"a store that fails from part $first on keeps the old image, and no parts") {
      val parent = fresh(s"failing-$first")
      val path = new StorePath(parent, "disk.qcow2")
      upload(disk.image, path)
      Using.resource(drafts.open(path)) { draft =>
        change(draft, contentOf(disk.image))
        val rule = new FaultRule(Fault.InternalError, isPart("disk.qcow2"), _ >= first)
        val failure = quietly(proxy.failing(rule)(intercept[IOException](draft.publish())))
        assert(failure.toString.contains("500"))
      }
      assert(stored(path) === Files.readAllBytes(disk.image))
      assertOnly(parent, "disk.qcow2")
    }
  }

  test("a new object that cannot be put is not there") {
    val parent = fresh("unput")
    val path = new StorePath(parent, "disk.qcow2")
    Using.resource(drafts.create(path)) { draft =>
      writeSmall(draft)
      val rule = new FaultRule(Fault.InternalError, isPart("disk.qcow2"), _ => true)
      quietly(proxy.failing(rule)(assertThrows[IOException](draft.publish())))
    }
    assertOnly(parent)
  }

  /** Does something when the n-th of some requests comes, before the store gets it. */
  private def beforeThe(n: Long, requests: StoreRequest => Boolean)(body: => Unit): FaultRule =
    new FaultRule(
      Fault.InternalError,
      requests,
      found => {
        if (found == n) {
          body
        }
        false
      }
    )

  /** The last request of all for an object in parts; the first begins it. */
  private def beforeCompletion(name: String)(body: => Unit): FaultRule =
    beforeThe(1, request => request.method == "POST" && request.path.endsWith(name))(body)

  test("until the last request readers find the old image") {
    val parent = fresh("visible")
    val path = new StorePath(parent, "disk.qcow2")
    upload(disk.image, path)
    var found = Array.empty[Byte]
    Using.resource(drafts.open(path)) { draft =>
      change(draft, contentOf(disk.image))
      val look = beforeCompletion("disk.qcow2") {
        found = Using.resource(bucket.open(path))(_.readAllBytes())
      }
      proxy.failing(look)(draft.publish())
    }
    assert(found === Files.readAllBytes(disk.image))
    assert(stored(path) !== found)
    assertOnly(parent, "disk.qcow2")
  }

  test("an object that is replaced behind the last look at it is not overwritten") {
    val parent = fresh("raced")
    val path = new StorePath(parent, "disk.qcow2")
    upload(disk.image, path)
    Using.resource(drafts.open(path)) { draft =>
      change(draft, contentOf(disk.image))
      val race = beforeCompletion("disk.qcow2")(replace(other.image, path))
      quietly(proxy.failing(race)(assertThrows[ImageChangedException](draft.publish())))
    }
    assert(stored(path) === Files.readAllBytes(other.image))
    assertOnly(parent, "disk.qcow2")
  }

  test("an object that is created behind the last look is not overwritten") {
    val parent = fresh("raced-new")
    val path = new StorePath(parent, "disk.qcow2")
    Using.resource(drafts.create(path)) { draft =>
      writeSmall(draft)
      val race = beforeThe(0, isPart("disk.qcow2"))(replace(other.image, path))
      quietly(proxy.failing(race)(assertThrows[ImageChangedException](draft.publish())))
    }
    assert(stored(path) === Files.readAllBytes(other.image))
    assertOnly(parent, "disk.qcow2")
  }
}
