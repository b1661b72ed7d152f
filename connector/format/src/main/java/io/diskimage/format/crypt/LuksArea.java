package io.diskimage.format.crypt;

import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import java.io.IOException;

/**
 * The part of a file that holds a LUKS header and its key material.
 *
 * @param input the file
 * @param offset host offset, not negative
 * @param length bytes, unsigned; what is behind the end of the file is zero
 */
public record LuksArea(ImageInput input, long offset, long length) {

  /** Host offset of a field. */
  long hostOffset(long at) {
    return offset + at;
  }

  /** A part of the area; its length is the caller's to bound. */
  byte[] read(long at, int bytes, IoCounters io) throws IOException {
    boolean within = Long.compareUnsigned(at + bytes, length) <= 0;
    if (!within || offset > Long.MAX_VALUE - at - bytes) {
      throw new CorruptImageException(
          input.location(), offset, "Request for data outside of extension header");
    }
    byte[] part = new byte[bytes];
    io.metadataRead(input.readPadded(offset + at, part, 0, bytes));
    return part;
  }
}
