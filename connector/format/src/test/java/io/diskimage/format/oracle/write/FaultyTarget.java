package io.diskimage.format.oracle.write;

import io.diskimage.format.ForwardingTarget;
import io.diskimage.format.ImageTarget;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A file that fails as told when it is changed or flushed. */
public final class FaultyTarget extends ForwardingTarget {
  private final ImageTarget file;
  private final Fault fault;
  private int count;
  private int failures;

  /**
   * What goes wrong.
   *
   * @param at number of the first change or flush that fails, from 0 on
   * @param lasts whether all later ones fail as well
   * @param torn whether the first half of the sectors of a write that fails is there
   * @param fullAt length in bytes that the file never gets past
   */
  public record Fault(int at, boolean lasts, boolean torn, long fullAt) {
    /** Nothing goes wrong. */
    public static final Fault NONE = new Fault(Integer.MAX_VALUE, false, false, Long.MAX_VALUE);

    /** One change fails. */
    public static Fault once(int at, boolean torn) {
      return new Fault(at, false, torn, Long.MAX_VALUE);
    }

    /** All changes fail from one on. */
    public static Fault from(int at, boolean torn) {
      return new Fault(at, true, torn, Long.MAX_VALUE);
    }

    /** The file system is full. */
    public static Fault full(long length) {
      return new Fault(Integer.MAX_VALUE, true, false, length);
    }
  }

  /** A file over another one. */
  public FaultyTarget(ImageTarget file, Fault fault) {
    super(file);
    this.file = file;
    this.fault = fault;
  }

  /** Changes and flushes so far. */
  public int count() {
    return count;
  }

  /** How many of them failed. */
  public int failures() {
    return failures;
  }

  private boolean fails() {
    int number = count++;
    return fault.lasts ? number >= fault.at : number == fault.at;
  }

  private IOException failure(String what) {
    failures++;
    return new IOException(what);
  }

  private void requireRoom(long end) throws IOException {
    if (end > fault.fullAt && end > length()) {
      throw failure("No space left on device");
    }
  }

  @Override
  public void write(long position, ByteBuffer source) throws IOException {
    requireRoom(position + source.remaining());
    if (fails()) {
      if (fault.torn) {
        long middle = position + source.remaining() / 2;
        long torn = Math.max(position, middle - middle % TargetWrite.SECTOR);
        if (torn > position) {
          ByteBuffer half = source.duplicate();
          file.write(position, half.limit(half.position() + (int) (torn - position)));
        }
      }
      throw failure("Input/output error of the write at " + position);
    }
    file.write(position, source);
  }

  @Override
  public void zero(long position, long length) throws IOException {
    requireRoom(position + length);
    if (fails()) {
      throw failure("Input/output error of the zeros at " + position);
    }
    file.zero(position, length);
  }

  @Override
  public void setLength(long length) throws IOException {
    requireRoom(length);
    if (fails()) {
      throw failure("Input/output error of the length " + length);
    }
    file.setLength(length);
  }

  @Override
  public void flush() throws IOException {
    if (fails()) {
      throw failure("Input/output error of the flush");
    }
    file.flush();
  }
}
