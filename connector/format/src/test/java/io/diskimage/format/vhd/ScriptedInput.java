package io.diskimage.format.vhd;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.ForwardingImageInput;
import io.diskimage.format.ImagePatch;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A file of which one read fails, or that changes before one. */
final class ScriptedInput extends ForwardingImageInput {
  private final byte[] file;
  private final int failing;
  private final int changing;
  private int reads;

  /**
   * A file held in an array.
   *
   * @param failing number of the read that fails, from 0 on
   * @param changing number of the read before which block 0 gets the place of block 3000
   */
  ScriptedInput(byte[] file, int failing, int changing) {
    super(new BytesImageInput("scripted.vhd", file));
    this.file = file;
    this.failing = failing;
    this.changing = changing;
  }

  @Override
  public int read(long position, ByteBuffer target) throws IOException {
    int number = reads++;
    if (number == failing) {
      throw new IOException("injected failure of read " + number);
    }
    if (number == changing) {
      int entry = ByteBuffer.wrap(file).getInt(VhdBytes.TABLE_AT + 4 * 3000);
      ImagePatch.bigEndian(file).u32(VhdBytes.TABLE_AT, entry);
    }
    return super.read(position, target);
  }
}
