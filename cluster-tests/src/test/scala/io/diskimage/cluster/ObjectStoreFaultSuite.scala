package io.diskimage.cluster

import java.nio.file.Files
import java.time.Duration

import org.apache.spark.sql.Row
import org.scalatest.funsuite.AnyFunSuite

/** An object store that fails, and objects that are replaced, while images in it are read. */
class ObjectStoreFaultSuite
    extends AnyFunSuite
    with LocalCluster
    with ObjectStore
    with Disks
    with FaultBehaviour {
  private lazy val disk = StoredDisk.make(directory, 1)
  private lazy val other = StoredDisk.make(directory, 2)

  private def reads(name: String)(request: StoreRequest): Boolean = request.reads(name)

  /** Fails requests until an attempt of a task has failed: S3A's own retries do not help. */
  private def failingOnce[T](name: String)(body: => T): T = failingATask { failed =>
    val rule = new FaultRule(Fault.InternalError, reads(name), _ => !failed())
    proxy.failing(rule)(body)
  }

  private def lasts(fault: Fault, name: String) = new FaultRule(fault, reads(name), _ => true)

  for (
    (what, fault) <- Seq(
      "500 now and then" -> Fault.InternalError,
      "503 now and then" -> Fault.SlowDown,
      "broken bodies" -> Cut(100000),
      "slow answers" -> Delay(Duration.ofMillis(200))
    )
  ) {
    test(s"a scan reads through $what") {
      // S3A keeps what it has read of an object.
      val name = s"$what.qcow2"
      val path = put(disk.image, name)
      val before = proxy.traffic.faults
      val rule = new FaultRule(fault, reads(name), n => n % 3 == 0)
      assert(proxy.failing(rule)(StoredDisk.read(StoredDisk.scan(spark, path))) === disk.blocks)
      assert(proxy.traffic.faults > before)
      assertNothingLeft()
    }
  }

  for (mode <- Seq("FAILFAST", "PERMISSIVE", "DROPMALFORMED")) {
    test(s"a store that fails once costs an attempt of a task and no rows, mode=$mode") {
      val name = s"$mode.qcow2"
      val path = put(disk.image, name)
      val blocks = failingOnce(name)(StoredDisk.read(StoredDisk.scan(spark, path, mode)))
      assert(blocks === disk.blocks)
      assertNothingLeft()
    }
  }

  for (table <- Seq("images", "checks")) {
    test(s"a store that fails once is no error in $table") {
      val name = s"$table.qcow2"
      val path = put(disk.image, name)
      val rows = failingOnce(name) {
        TableAccess.Reader.select(spark, table, path, Seq("path", "format", "error")).collect()
      }
      assert(rows.map(_.toSeq).toSeq === Seq(Seq(path, "qcow2", null)))
      assertNothingLeft()
    }
  }

  test("a store that goes on failing is one error that names the file") {
    val path = put(disk.image, "down.qcow2")
    val failure = proxy.failing(lasts(Fault.InternalError, "down.qcow2")) {
      failureOf(StoredDisk.read(StoredDisk.scan(spark, path)))
    }
    assert(failure.contains(path))
    assert(failure.contains("500"))
    assertNothingLeft()
  }

  test("an object that cannot be read is one row beside the rows of others, mode=PERMISSIVE") {
    val bad = put(disk.image, "some/bad.qcow2")
    val good = put(other.image, "some/good.qcow2")
    val rows = quietly {
      proxy.failing(lasts(Fault.InternalError, "bad.qcow2")) {
        spark.read
          .format("diskimage")
          .option("mode", "PERMISSIVE")
          .load(good.stripSuffix("/good.qcow2"))
          .selectExpr("path", "_error IS NOT NULL", "data IS NOT NULL")
          .groupBy("path", "(_error IS NOT NULL)", "(data IS NOT NULL)")
          .count()
          .collect()
      }
    }
    val expected = Set(Row(bad, true, false, 1L), Row(good, false, true, other.blocks.size.toLong))
    assert(rows.toSet === expected)
    assertNothingLeft()
  }

  test("an object replaced during the scan has changed while reading") {
    val path = put(disk.image, "replaced.qcow2")
    assert(Files.size(disk.image) === Files.size(other.image))
    val failure = failureOf {
      StoredDisk.readWhile(StoredDisk.scan(spark, path))(_ => put(other.image, "replaced.qcow2"))
    }
    assert(failure.contains(s"ImageChangedException: $path: changed while reading"))
    assert(StoredDisk.read(StoredDisk.scan(spark, path)) === other.blocks)
    assertNothingLeft()
  }

  test("an object replaced between the listing and the first read has changed while reading") {
    val path = put(disk.image, "listed.qcow2")
    val scan = StoredDisk.scan(spark, path)
    assert(scan.rdd.getNumPartitions > 1)
    put(other.image, "listed.qcow2")
    val failure = failureOf(scan.rdd.count())
    assert(failure.contains(s"ImageChangedException: $path: changed while reading"))
    assertNothingLeft()
  }

  test("without credentials there is one error that names the store and the options") {
    val path = put(disk.image, "locked.qcow2")
    val failure = intercept[Exception](quietly {
      spark.read
        .format("diskimage")
        .option("fs.s3a.impl.disable.cache", "true")
        .option("fs.s3a.access.key", "")
        .option("fs.s3a.secret.key", "")
        .load(path)
        .count()
    })

    assert(failure.getMessage.contains(path))
    assert(failure.getMessage.contains("fs.s3a."))
    assertNothingLeft()
  }
}
