package io.diskimage.format;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The bytes of one host file that is written in place (design: writing). A target belongs to one
 * writer from opening to closing and is locked for that time; {@link #length()} is the length that
 * the file has now, and reads see what was written.
 *
 * <p>What was written is on stable storage after {@link #flush()}, and not surely before: of the
 * writes between two flushes any may be lost in a crash, whatever their order.
 */
public interface ImageTarget extends ImageInput {

  /**
   * Writes all that remains of {@code source}. The file grows as needed; a gap behind its old end
   * reads as zero (formats/README.md section 2).
   *
   * @param position host offset of the first byte
   */
  void write(long position, ByteBuffer source) throws IOException;

  /** Writes a piece of an array, as {@link #write(long, ByteBuffer)} does. */
  default void write(long position, byte[] source, int offset, int length) throws IOException {
    write(position, ByteBuffer.wrap(source, offset, length));
  }

  /**
   * Makes a range read as zero, without writing it where the store knows how. The file grows to the
   * end of the range if it is shorter.
   */
  void zero(long position, long length) throws IOException;

  /**
   * Cuts or extends the file; what is added reads as zero.
   *
   * @param length bytes
   */
  void setLength(long length) throws IOException;

  /** Returns when all that was written or cut before is on stable storage. */
  void flush() throws IOException;
}
