package io.diskimage.cluster

import org.scalatest.funsuite.AnyFunSuite

/** A disk with its backing files, which are named relative to it and lie in the fleet. */
trait ChainBehaviour { this: AnyFunSuite with SparkCluster with Fleet =>
  private val overlays = Seq("dc1/web/web-03-overlay.qcow2", "dc1/web/web-04-stale-overlay.qcow2")

  private val follow = Map("chain" -> "follow")

  for (access <- TableAccess.all) {
    test(s"chain=follow gives the content that qemu-img convert writes, through $access") {
      QemuImg.required()
      val columns = Seq("`offset`", "length", "sha2(data, 256)", "_depth")
      for (overlay <- overlays.map(file)) {
        val rows = access.select(spark, "blocks", pathOf(overlay), columns, "allocated", follow)
        val blocks = rows.collect()
        assert(blocks.exists(block => !block.isNullAt(3) && block.getInt(3) == 1), "no backing")
        val stored = QemuImg.mapOfChain(localPath(overlay)).filter(_.data).map(_.length).sum
        assert(blocks.map(_.getInt(1).toLong).sum === stored, overlay.name)
        QemuImg.withChainContent(localPath(overlay)) { content =>
          for (block <- blocks) {
            val (offset, length) = (block.getLong(0), block.getInt(1))
            assert(block.getString(2) === content.sha256(offset, length), s"$overlay at $offset")
          }
        }
      }
    }

    test(s"chain=follow gives the extents of qemu-img map, through $access") {
      QemuImg.required()
      for (overlay <- overlays.map(file)) {
        val rows =
          access.select(spark, "extents", pathOf(overlay), MapRows.columns, "true", follow)
        val found = rows.collect().map(MapRows.run(_, 0)).sortBy(_.start).toSeq
        assert(found === QemuImg.mapOfChain(localPath(overlay)), overlay.name)
      }
    }
  }

  test("a backing file outside of chainRoots is refused by the name of the option") {
    val overlay = pathOf(file(overlays.head))
    val options = follow + ("chainRoots" -> s"$fleetRoot/dc2")
    val rows = TableAccess.Reader.select(spark, "blocks", overlay, Seq("data"), "true", options)
    val failure = quietly(intercept[Exception](rows.collect()))
    val messages = Iterator.iterate[Throwable](failure)(_.getCause).takeWhile(_ != null)
    assert(messages.exists(_.getMessage.contains("chainRoots")))
  }
}
