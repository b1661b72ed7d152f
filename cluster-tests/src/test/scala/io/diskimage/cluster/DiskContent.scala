package io.diskimage.cluster

import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.file.Path
import java.security.MessageDigest
import java.util.HexFormat

import scala.util.Using

/** What a guest reads from a disk, as a file of plain bytes. */
final class DiskContent private (channel: FileChannel) {
  def size: Long = channel.size

  def bytes(offset: Long, length: Int): Array[Byte] = {
    val buffer = ByteBuffer.allocate(length)
    while (buffer.hasRemaining) {
      val count = channel.read(buffer, offset + buffer.position())
      require(count > 0, s"$length bytes at $offset of ${channel.size}")
    }
    buffer.array
  }

  /** SHA-256 in the form of Spark's `sha2`. */
  def sha256(offset: Long, length: Int): String =
    DiskContent.sha256(bytes(offset, length))
}

object DiskContent {
  def sha256(bytes: Array[Byte]): String =
    HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes))

  def of[T](raw: Path)(body: DiskContent => T): T =
    Using.resource(FileChannel.open(raw))(channel => body(new DiskContent(channel)))
}
