package io.diskimage.cluster

import java.nio.file.{Files, Path}
import java.security.MessageDigest

import scala.jdk.CollectionConverters._
import scala.util.Using

import org.apache.spark.sql.Row
import org.scalatest.funsuite.AnyFunSuite

/** The check of the fleet: tables and procedure say the same, and no file is touched. */
trait CheckBehaviour { this: AnyFunSuite with SparkCluster with Fleet =>
  private val verdicts =
    Set("clean", "leaks", "corrupt", "unreadable", "unsupported", "unstable")

  private def call(arguments: String): Seq[Row] =
    spark.sql(s"CALL images.system.check(path => '$fleetRoot'$arguments)").collect().toSeq

  private def entries(rows: Seq[Row], entry: String): Seq[Row] =
    rows.filter(_.getAs[String]("entry") == entry)

  /** The sum of a column that may be NULL. */
  private def sum(rows: Seq[Row], column: String): Long =
    rows.map(row => Option(row.getAs[java.lang.Long](column)).fold(0L)(_.longValue)).sum

  private def digests(): Map[Path, String] =
    Using.resource(Files.walk(fleetDirectory)) { files =>
      files
        .iterator()
        .asScala
        .filter(file => Files.isRegularFile(file))
        .map { file =>
          val digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file))
          file -> (digest.map("%02x".format(_)).mkString + Files.getLastModifiedTime(file))
        }
        .toMap
    }

  for (access <- TableAccess.all) {
    test(s"every file has a verdict, through $access") {
      val columns = Seq("path", "format", "verdict", "corruptions", "error.class")
      val rows = access.select(spark, "checks", fleetRoot, columns).collect()
      assert(rows.map(_.getString(0)).toSeq.sorted === manifest.map(pathOf).sorted)
      val byPath = rows.map(row => row.getString(0) -> row).toMap
      for (file <- manifest) {
        val row = byPath(pathOf(file))
        assert(verdicts.contains(row.getString(2)), file.name)
        if (file.format.contains("raw")) {
          assert(row.getString(1) === "raw")
          assert(row.getString(2) === "unsupported")
        }
        if (file.error.contains("NotAnImageException")) {
          assert(row.isNullAt(1), file.name)
          assert(row.getString(2) === "unreadable", file.name)
          assert(row.isNullAt(3), file.name)
          assert(row.getString(4) === "NotAnImageException", file.name)
        }
      }
    }

    test(s"findings sum up to checks, through $access") {
      val before = digests()
      val corruptions = access
        .select(
          spark,
          "checks",
          fleetRoot,
          Seq("coalesce(sum(corruptions + beyond_corruptions), 0)")
        )
        .head()
        .getLong(0)
      val found = access
        .select(
          spark,
          "findings",
          fleetRoot,
          Seq("coalesce(sum(count), 0)"),
          "severity = 'corruption'"
        )
        .head()
        .getLong(0)
      assert(found === corruptions)
      val refused = access.select(
        spark,
        "findings",
        fleetRoot,
        Seq("path"),
        "kind = 'IMAGE_REFUSED'",
        Map("level" -> "header")
      )
      val notImages = manifest.filter(_.error.contains("NotAnImageException")).map(pathOf)
      assert(notImages.size > 3)
      assert(notImages.toSet.subsetOf(refused.collect().map(_.getString(0)).toSet))
      assert(digests() === before)
    }
  }

  test("conditions on kind and severity leave what they name, at every level") {
    for (level <- Seq("header", "metadata", "full")) {
      def findings(condition: String): Seq[Row] =
        TableAccess.Catalog
          .select(spark, "findings", fleetRoot, Seq("*"), condition, Map("level" -> level))
          .collect()
          .toSeq
          .sortBy(_.toString)
      val all = findings("true")
      for (column <- Seq("kind", "severity")) {
        val byValue = all.groupBy(_.getAs[String](column))
        assert(byValue.size > 1)
        for ((value, rows) <- byValue) {
          assert(findings(s"$column = '$value'") === rows, s"$value at level $level")
        }
      }
    }
  }

  test("the procedure sums up the table and lists the worst images") {
    val checks = spark.table(s"images.`$fleetRoot`.checks").collect().toSeq
    val rows = call("")
    val summary = entries(rows, "summary")
    assert(sum(summary, "images") === manifest.size)
    for (counter <- Seq("corruptions", "leaks", "check_errors", "reclaimable_bytes")) {
      assert(sum(summary, counter) === sum(checks, counter), counter)
    }
    val faulty = checks.filter(_.getAs[String]("verdict") != "clean")
    val listed = entries(rows, "image")
    assert(
      listed.map(_.getAs[String]("path")).sorted === faulty.map(_.getAs[String]("path")).sorted
    )
    assert(rows.last.getAs[String]("entry") === "unlisted")
    assert(rows.last.getAs[Long]("images") === 0)

    val limited = call(", level => 'metadata', limit => 1")
    assert(entries(limited, "image") === listed.take(1))
    assert(limited.last.getAs[Long]("images") === faulty.size - 1)
  }

  test("the procedure refuses arguments that it does not know") {
    val failure = intercept[Exception](call(", level => 'deep'"))
    val messages = Iterator.iterate[Throwable](failure)(_.getCause).takeWhile(_ != null)
    assert(messages.exists(_.getMessage.contains("header, metadata, full")))
    assert(intercept[Exception](call(", limit => -1")).getMessage.contains("0 to 100000"))
    intercept[Exception](spark.sql("CALL images.system.chek(path => '/')"))
  }
}
