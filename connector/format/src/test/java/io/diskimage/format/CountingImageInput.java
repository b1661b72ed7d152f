package io.diskimage.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Counts what is asked of an input. */
public final class CountingImageInput extends ForwardingImageInput {
  private final ImageInput source;
  private final AtomicLong reads = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong end = new AtomicLong();
  private final AtomicInteger closes = new AtomicInteger();

  public CountingImageInput(ImageInput source) {
    super(source);
    this.source = source;
  }

  @Override
  public int read(long position, ByteBuffer target) throws IOException {
    return counted(position, super.read(position, target));
  }

  @Override
  public int read(long position, ByteBuffer[] targets) throws IOException {
    return counted(position, source.read(position, targets));
  }

  private int counted(long position, int count) {
    reads.incrementAndGet();
    bytes.addAndGet(count);
    end.accumulateAndGet(position + count, Math::max);
    return count;
  }

  @Override
  public void close() throws IOException {
    closes.incrementAndGet();
    super.close();
  }

  /** Requests so far. */
  public long reads() {
    return reads.get();
  }

  /** Bytes read so far, repeated ones as often as they were read. */
  public long bytesRead() {
    return bytes.get();
  }

  /** Host offset behind the last byte read so far. */
  public long end() {
    return end.get();
  }

  /** How often it was closed. */
  public int closes() {
    return closes.get();
  }
}
