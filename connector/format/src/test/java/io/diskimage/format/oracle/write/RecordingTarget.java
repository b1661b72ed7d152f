package io.diskimage.format.oracle.write;

import io.diskimage.format.ForwardingTarget;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A file in memory that knows what was written to it since which flush. */
public final class RecordingTarget extends ForwardingTarget {

  /** What was on stable storage after a flush, and what was written before the next one. */
  private record Epoch(MemoryTarget stable, List<TargetWrite> writes, int first) {}

  private final MemoryTarget file;
  private final List<Epoch> epochs = new ArrayList<>();
  private int count;

  /**
   * Records from now on.
   *
   * @param file what it holds now is on stable storage
   */
  public RecordingTarget(MemoryTarget file) {
    super(file);
    this.file = file;
    epochs.add(new Epoch(file.copy(), new ArrayList<>(), 0));
  }

  /** Writes and flushes so far. */
  public int events() {
    return count;
  }

  private void record(TargetWrite write) {
    epochs.get(epochs.size() - 1).writes.add(write);
    count++;
  }

  /** The file that a crash after some of the events leaves. */
  MemoryTarget after(Cut cut) throws IOException {
    Epoch epoch = epochs.get(0);
    for (Epoch next : epochs) {
      if (next.first <= cut.events()) {
        epoch = next;
      }
    }
    MemoryTarget state = epoch.stable.copy();
    cut.apply(epoch.writes.subList(0, cut.events() - epoch.first), state);
    return state;
  }

  @Override
  public void write(long position, ByteBuffer source) throws IOException {
    long end = position + source.remaining();
    file.write(position, source);
    recordSectors(position, end);
  }

  /** A disk writes whole sectors, with what was written before to the rest of them. */
  private void recordSectors(long from, long to) {
    long start = from - from % TargetWrite.SECTOR;
    long end = Math.min(file.length(), to + (TargetWrite.SECTOR - 1));
    end = end == file.length() ? end : end - end % TargetWrite.SECTOR;
    ByteBuffer bytes = ByteBuffer.allocate((int) (end - start));
    file.read(start, bytes);
    record(new TargetWrite.Bytes(start, bytes.flip().asReadOnlyBuffer()));
  }

  @Override
  public void zero(long position, long length) throws IOException {
    long end = position + length;
    file.zero(position, length);
    long first = position + (TargetWrite.SECTOR - 1);
    first -= first % TargetWrite.SECTOR;
    long last = end - end % TargetWrite.SECTOR;
    if (first >= last) {
      recordSectors(position, end);
      return;
    }
    record(new TargetWrite.Zeros(first, last - first));
    if (position < first) {
      recordSectors(position, first);
    }
    if (last < end) {
      recordSectors(last, end);
    }
  }

  @Override
  public void setLength(long length) throws IOException {
    file.setLength(length);
    record(new TargetWrite.Length(length));
  }

  @Override
  public void flush() throws IOException {
    file.flush();
    count++;
    epochs.add(new Epoch(file.copy(), new ArrayList<>(), count));
  }
}
