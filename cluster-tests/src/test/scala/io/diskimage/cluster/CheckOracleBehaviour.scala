package io.diskimage.cluster

import org.scalatest.funsuite.AnyFunSuite

/** Checks count what qemu-img check counts in the same files here and now. */
trait CheckOracleBehaviour { this: AnyFunSuite with SparkCluster with Fleet =>

  // Keys of qemu-img; the columns have the same names in snake case.
  private val keys = Seq(
    "corruptions",
    "leaks",
    "check-errors",
    "image-end-offset",
    "total-clusters",
    "allocated-clusters",
    "fragmented-clusters",
    "compressed-clusters"
  )

  private def column(key: String): String = key.replace('-', '_')

  /** QEMU 7.2 lets a Parallels image end behind its last cluster, QEMU of today behind its file. */
  private def agreed(format: String): Seq[String] =
    if (format == "parallels") keys.filter(_ != "image-end-offset") else keys

  for (access <- TableAccess.all) {
    test(s"checks are those of qemu-img check, through $access") {
      QemuImg.required()
      val columns = "path" +: keys.map(column)
      val rows = access.select(spark, "checks", fleetRoot, columns).collect()
      val found = rows.map(row => row.getString(0) -> row).toMap
      val checked = for {
        file <- manifest
        format <- file.format
        expected <- QemuImg.check(format, localPath(file))
      } yield {
        val row = found(pathOf(file))
        for (key <- agreed(format)) {
          val counter = Option(row.getAs[java.lang.Long](column(key))).fold(0L)(_.longValue)
          assert(counter === expected.getOrElse(key, 0L), s"$key of ${file.name}")
        }
        file
      }
      assert(checked.flatMap(_.format).toSet === Set("qcow2", "parallels", "vdi"))
      assert(checked.size > 20)
    }
  }
}
