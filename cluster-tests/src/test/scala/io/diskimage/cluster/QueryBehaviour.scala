package io.diskimage.cluster

import java.time.Instant
import java.util.Locale

import org.apache.spark.sql.DataFrame
import org.apache.spark.sql.catalyst.parser.ParseException
import org.apache.spark.sql.functions.expr
import org.scalatest.funsuite.AnyFunSuite

/** What Spark may hand down to the tables: conditions, aggregates, limits, samples, versions. */
trait QueryBehaviour { this: AnyFunSuite with SparkCluster with Fleet =>
  private val blockSize = 65536L
  private val options = Map("blockSize" -> blockSize.toString)

  private def mail = file("dc2/hyperv/mail.vhd")
  private def router = file("dc3/bare-metal/router.img")
  private def database = file("dc1/db/db-01.qcow2")
  private def archive = file("dc1/db/db-archive.qcow2")

  private def offsets(rows: DataFrame): Seq[Long] = rows.collect().map(_.getLong(0)).toSeq.sorted

  private def sum(rows: DataFrame): Long = rows.selectExpr("sum(length)").head().getLong(0)

  for (access <- TableAccess.all) {
    test(s"conditions on offset choose blocks, through $access") {
      val condition = "(`offset` >= 1048576 AND `offset` < 1310720) OR `offset` IN (0, 65537)"
      val rows = access.select(spark, "blocks", pathOf(mail), Seq("`offset`"), condition, options)
      assert(offsets(rows) === Seq(0L, 1048576L, 1114112L, 1179648L, 1245184L))
    }

    test(s"conditions on path choose images, through $access") {
      val images = Seq("dc2/vbox/desktop.vdi", "dc2/vbox/kiosk-static.vdi").map(file)
      val condition = images.map(image => s"path = '${pathOf(image)}'").mkString(" OR ")
      val rows = access.select(
        spark,
        "blocks",
        fleetRoot,
        Seq("path", "`offset`"),
        s"($condition) AND `offset` < 65536",
        options
      )
      assert(rows.collect().map(_.getString(0)).toSeq.sorted === images.map(pathOf).sorted)
    }

    test(s"conditions on allocation choose blocks, through $access") {
      val columns = Seq("`offset`", "data IS NULL AS empty")
      def count(condition: String): Long =
        access.select(spark, "blocks", pathOf(mail), columns, condition, options).count()
      val stored = mail.allocatedSize.get / blockSize
      assert(count("allocated AND data IS NOT NULL") === stored)
      assert(count("NOT allocated AND data IS NULL") === mail.virtualSize.get / blockSize - stored)
      assert(count("allocated IS NULL") === 0)
    }

    test(s"aggregates of each image follow from its metadata, through $access") {
      val images =
        readable.filter(_.clusterSize.forall(size => size % blockSize * (blockSize % size) == 0))
      val rows = access
        .select(
          spark,
          "blocks",
          fleetRoot,
          Seq("path", "`offset`", "length", "allocated"),
          "path IS NOT NULL",
          options + ("mode" -> "DROPMALFORMED")
        )
        .groupBy("path")
        .agg(expr("count(*)"), expr("sum(length)"), expr("max(`offset`)"))
      val found = rows
        .collect()
        .map(row => row.getString(0) -> ((row.getLong(1), row.getLong(2), row.getLong(3))))
        .toMap
      assert(images.size > 15)
      for (image <- images) {
        val size = image.virtualSize.get
        val blocks = (size + blockSize - 1) / blockSize
        assert(found(pathOf(image)) === ((blocks, size, (blocks - 1) * blockSize)), image.name)
      }
    }

    test(s"allocated blocks are counted, through $access") {
      val columns = Seq("count_if(allocated)", "count(*)", "min(`offset`)")
      val rows = access.select(spark, "blocks", pathOf(archive), columns, "true", options)
      val row = rows.head()
      assert(row.getLong(0) === archive.allocatedSize.get / blockSize)
      assert(row.getLong(1) === archive.virtualSize.get / blockSize)
      assert(row.getLong(2) === 0)
    }

    test(s"a limit leaves that many blocks, through $access") {
      val rows = access.select(spark, "blocks", pathOf(mail), Seq("`offset`"), "true", options)
      val found = offsets(rows.limit(7))
      assert(found.distinct.size === 7)
      assert(found.forall(offset => offset % blockSize == 0 && offset < mail.virtualSize.get))
    }

    test(s"metadata columns are there when named, through $access") {
      val columns = Seq("`offset`", "_kind", "_host_offset", "_format", "_modified")
      val rows = access.select(spark, "blocks", pathOf(router), columns, "true", options).collect()
      assert(rows.length === router.virtualSize.get / blockSize)
      for (row <- rows) {
        assert(row.getString(1) === "data")
        assert(row.getLong(2) === row.getLong(0), "a raw disk lies in its file as it is")
        assert(row.getString(3) === "raw")
        assert(row.getTimestamp(4).toInstant === Instant.parse("2026-01-01T00:00:00Z"))
      }
      val unstored = "_kind = 'unallocated'"
      val count = access.select(spark, "blocks", pathOf(mail), columns, unstored, options).count()
      assert(count === (mail.virtualSize.get - mail.allocatedSize.get) / blockSize)
    }
  }

  test("a repeatable sample is the same sample again, by SQL and by the reader") {
    val whole = archive.virtualSize.get / (1 << 20)
    val sql =
      s"SELECT `offset` FROM images.`${pathOf(archive)}` TABLESAMPLE (1 PERCENT) REPEATABLE (7)"
    val bySql = offsets(spark.sql(sql))
    assert(offsets(spark.sql(sql)) === bySql)
    val reader = spark.read.format("diskimage").load(pathOf(archive)).select("offset")
    val byReader = offsets(reader.sample(withReplacement = false, 0.01, 7))
    assert(offsets(reader.sample(withReplacement = false, 0.01, 7)) === byReader)
    for (sample <- Seq(bySql, byReader)) {
      assert(sample.distinct.size === sample.size)
      // Ten standard deviations of a binomial distribution, rounded up.
      assert(math.abs(sample.size - whole / 100) < 600)
    }
  }

  test("a snapshot is a version, by SQL and by the reader") {
    val path = pathOf(database)
    def bySql(version: String): DataFrame =
      spark.sql(s"SELECT * FROM images.`$path` VERSION AS OF '$version'")
    def byOption(version: String): DataFrame =
      spark.read.format("diskimage").option("versionAsOf", version).load(path)
    val active = spark.read.format("diskimage").load(path)
    def first(rows: DataFrame): String =
      rows.where("`offset` = 0").selectExpr("sha2(data, 256)").head().getString(0)

    val gibibyte = 1L << 30
    assert(sum(active) === 4 * gibibyte)
    for (version <- Seq(bySql _, byOption _)) {
      assert(sum(version("before-upgrade")) === gibibyte)
      assert(sum(version("1")) === gibibyte)
      assert(sum(version("grown")) === 4 * gibibyte)
      // The upgrade wrote the first block, and nothing did so after it.
      assert(first(version("after-upgrade")) === first(active))
      assert(first(version("before-upgrade")) !== first(active))
      assert(first(version("1")) === first(version("before-upgrade")))
    }
    val extents = spark.sql(s"SELECT length FROM images.`$path`.extents VERSION AS OF '1'")
    assert(sum(extents) === gibibyte)
  }

  test("a time is the newest snapshot not after it") {
    def at(time: String): DataFrame =
      spark.sql(s"SELECT * FROM images.`${pathOf(database)}` TIMESTAMP AS OF '$time'")
    val gibibyte = 1L << 30
    assert(sum(at("2026-01-02 23:59:59")) === gibibyte)
    assert(sum(at("2026-01-03 00:00:00")) === 4 * gibibyte)
  }

  // As make-fleet.sh wrote the disk between these two snapshots.
  private val rewritten = (0L until 8L).map(_ * blockSize)

  test("what changed between two snapshots is an option of a read") {
    val states = Map("changesFrom" -> "before-upgrade", "changesTo" -> "after-upgrade")
    for (access <- TableAccess.all) {
      val blocks =
        access.select(spark, "blocks", pathOf(database), Seq("`offset`"), "allocated", states)
      assert(offsets(blocks) === rewritten, s"through $access")
      val extents =
        access.select(spark, "extents", pathOf(database), Seq("length"), "allocated", states)
      assert(sum(extents) === rewritten.size * blockSize, s"through $access")
    }
  }

  test("what changed between two snapshots is a clause of SQL, where Spark has it") {
    val sql = s"SELECT `offset` FROM images.`${pathOf(database)}` " +
      "CHANGES FROM VERSION 'before-upgrade' TO VERSION 'after-upgrade'"
    if (spark.version.startsWith("4.0.") || spark.version.startsWith("4.1.")) {
      assertThrows[ParseException](spark.sql(sql))
    } else {
      assert(offsets(spark.sql(sql)) === rewritten)
    }
  }

  test("images are joined with their blocks") {
    val found = spark.sql(
      s"""SELECT i.path, count(*)
         |FROM images.`$fleetRoot` WITH ('mode' = 'DROPMALFORMED', 'blockSize' = '$blockSize') b
         |JOIN images.`$fleetRoot`.images i ON b.path = i.path
         |WHERE i.format = 'parallels' AND b.allocated
         |GROUP BY i.path""".stripMargin
    )
    val images = readable.filter(_.format.contains("parallels"))
    assert(found.collect().map(_.getString(0)).toSeq.sorted === images.map(pathOf).sorted)
  }

  test("tables describe themselves in SQL") {
    val described = spark.sql(s"DESCRIBE TABLE images.`$fleetRoot`.extents").collect()
    val columns = described.map(row => row.getString(0) -> row.getString(1))
    val schema = spark.read.format("diskimage").option("table", "extents").load(fleetRoot).schema
    assert(columns.take(schema.size).toSeq === schema.map { field =>
      field.name -> field.dataType.sql.toLowerCase(Locale.ROOT)
    })
  }

  test("tables are views of a session without the catalog") {
    spark.sql(
      s"""CREATE OR REPLACE TEMPORARY VIEW fleet
         |USING diskimage OPTIONS (path '$fleetRoot', table 'images')""".stripMargin
    )
    val formats = spark
      .sql("SELECT format, count(*) FROM fleet WHERE error IS NULL GROUP BY format")
      .collect()
      .map(row => row.getString(0) -> row.getLong(1))
    assert(formats.toMap === manifest.flatMap(_.format).groupBy(identity).map {
      case (format, files) => format -> files.size
    })
  }
}
