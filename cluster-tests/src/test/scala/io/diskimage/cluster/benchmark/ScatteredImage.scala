package io.diskimage.cluster.benchmark

import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.file.{Files, Path, StandardOpenOption}

import scala.util.{Random, Using}

/** Makes a fragmented image of one whose clusters lie in the order of the disk: entries of the L2
  * tables change places (qcow2.md section 3), so that the disk is another permutation of the same
  * clusters.
  */
object ScatteredImage {
  private val hostOffset = 0x00fffffffffffe00L

  /** Copies an image that is written by qemu-img and not compressed.
    *
    * @param window
    *   guest bytes within which clusters change places
    */
  def of(image: Path, target: Path, window: Long): Unit = {
    Files.copy(image, target)
    Using.resource(
      FileChannel.open(target, StandardOpenOption.READ, StandardOpenOption.WRITE)
    ) { file =>
      val header = read(file, 0, 72)
      val clusterSize = 1 << header.getInt(20)
      val l1 = read(file, header.getLong(40), header.getInt(36) * 8)
      val tables = (0 until l1.capacity by 8)
        .map(l1.getLong(_) & hostOffset)
        .filter(_ != 0)
        .map(offset => offset -> read(file, offset, clusterSize))
      val places = for {
        (_, table) <- tables
        at <- 0 until clusterSize by 8 if (table.getLong(at) & hostOffset) != 0
      } yield (table, at)
      val random = new Random(window)
      for (group <- places.grouped((window / clusterSize).toInt)) {
        val entries = random.shuffle(group.map { case (table, at) => table.getLong(at) })
        group.zip(entries).foreach { case ((table, at), entry) => table.putLong(at, entry) }
      }
      tables.foreach { case (offset, table) => file.write(table.rewind(), offset) }
    }
  }

  private def read(file: FileChannel, offset: Long, length: Int): ByteBuffer = {
    val bytes = ByteBuffer.allocate(length)
    while (bytes.hasRemaining && file.read(bytes, offset + bytes.position()) >= 0) {}
    require(!bytes.hasRemaining, s"the image ends within $length bytes at $offset")
    bytes.rewind()
  }
}
