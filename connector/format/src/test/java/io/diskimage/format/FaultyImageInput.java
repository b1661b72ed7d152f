package io.diskimage.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;

/** Lets reads fail at random, repeatably for a seed when used by one thread. */
public final class FaultyImageInput extends ForwardingImageInput {
  private final ImageInput source;
  private final Random random;
  private final double rate;

  /**
   * An unreliable input.
   *
   * @param seed of the failures
   * @param rate of failing reads, 0 to 1
   */
  public FaultyImageInput(ImageInput source, long seed, double rate) {
    super(source);
    this.source = source;
    this.random = new Random(seed);
    this.rate = rate;
  }

  @Override
  public int read(long position, ByteBuffer target) throws IOException {
    failAtRandom(position);
    return super.read(position, target);
  }

  @Override
  public int read(long position, ByteBuffer[] targets) throws IOException {
    failAtRandom(position);
    return source.read(position, targets);
  }

  private void failAtRandom(long position) throws IOException {
    if (random.nextDouble() < rate) {
      throw new IOException("injected failure of the read at " + position);
    }
  }
}
