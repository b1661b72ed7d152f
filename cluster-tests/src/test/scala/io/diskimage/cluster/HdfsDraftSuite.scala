package io.diskimage.cluster

import java.io.IOException
import java.nio.file.Files
import java.security.PrivilegedExceptionAction

import scala.util.Using

import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.{Path => StorePath}
import org.apache.hadoop.fs.permission.{AclEntry, FsPermission}
import org.apache.hadoop.security.{AccessControlException, UserGroupInformation}
import org.scalatest.funsuite.AnyFunSuite

import io.diskimage.services.HdfsService
import io.diskimage.spark.publish.ImageDrafts

/** Images that are created and changed on HDFS. */
class HdfsDraftSuite extends AnyFunSuite with LocalSpark with Disks with DraftBehaviour {
  private lazy val hdfs = HdfsService.start(Build.target, 2)

  override protected def storageConf: Map[String, String] = super.storageConf ++ Map(
    "dfs.replication" -> "2",
    "dfs.blocksize" -> (1 << 20).toString
  )

  override protected def store: String = s"${hdfs.uri}/drafts"

  override protected def uploads(): Seq[String] = Seq.empty

  override protected def release(): Unit =
    try super.release()
    finally hdfs.close()

  private def publishChanged(path: StorePath): Unit =
    Using.resource(drafts.open(path)) { draft =>
      change(draft, contentOf(disk.image))
      draft.publish()
    }

  private def aclOf(path: StorePath) = files.getAclStatus(path).toString

  test("an image keeps its owner, permissions, replication and block size") {
    val parent = fresh("kept")
    val path = new StorePath(parent, "disk.qcow2")
    conf.set("dfs.blocksize", (2 << 20).toString)
    try upload(disk.image, path)
    finally conf.set("dfs.blocksize", (1 << 20).toString)
    files.setReplication(path, 1)
    files.setOwner(path, "alice", "archive")
    files.setPermission(path, new FsPermission("646"))
    val before = files.getFileStatus(path)
    publishChanged(path)

    val after = files.getFileStatus(path)
    assert(after.getOwner === "alice")
    assert(after.getGroup === "archive")
    assert(after.getPermission === before.getPermission)
    assert(after.getReplication === 1)
    assert(after.getBlockSize === before.getBlockSize)
    assert(after.getModificationTime > before.getModificationTime)
    assertOnly(parent, "disk.qcow2")
  }

  test("an image keeps its ACL, and takes none from its directory") {
    for ((name, acl) <- Seq("with" -> "user:bob:r--,group::---", "without" -> "")) {
      val parent = fresh(s"acl-$name")
      val path = new StorePath(parent, "disk.qcow2")
      upload(disk.image, path)
      if (acl.nonEmpty) {
        files.modifyAclEntries(path, AclEntry.parseAclSpec(acl, true))
      }
      files.modifyAclEntries(parent, AclEntry.parseAclSpec("default:user:eve:rwx", true))
      val before = aclOf(path)
      publishChanged(path)

      assert(aclOf(path) === before)
      assertOnly(parent, "disk.qcow2")
    }
  }

  test("who may not keep the owner of an image does not replace it") {
    val parent = fresh("foreign")
    val path = new StorePath(parent, "disk.qcow2")
    upload(disk.image, path)
    files.setPermission(parent, new FsPermission("777"))
    files.setPermission(path, new FsPermission("666"))
    val action: PrivilegedExceptionAction[Unit] =
      () => assertThrows[AccessControlException](publishChanged(path))
    UserGroupInformation.createRemoteUser("mallory").doAs(action)
    assert(stored(path) === Files.readAllBytes(disk.image))
    assertOnly(parent, "disk.qcow2")
  }

  test("a draft that cannot be stored leaves the old image") {
    val parent = fresh("unstored")
    val path = new StorePath(parent, "disk.qcow2")
    upload(disk.image, path)
    val impatient = new Configuration(conf)
    impatient.set("dfs.client.block.write.locateFollowingBlock.retries", "0")
    // Others find file systems by their names alone.
    impatient.set("fs.hdfs.impl.disable.cache", "true")
    Using.resource(new ImageDrafts(impatient, spools).open(path)) { draft =>
      change(draft, contentOf(disk.image))
      Seq(0, 1).foreach(hdfs.stopDatanode)
      try quietly(assertThrows[IOException](draft.publish()))
      finally Seq(0, 1).foreach(hdfs.startDatanode)
    }
    assert(stored(path) === Files.readAllBytes(disk.image))
    assertOnly(parent, "disk.qcow2")
  }
}
