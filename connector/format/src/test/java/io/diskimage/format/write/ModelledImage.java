package io.diskimage.format.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageContent;
import io.diskimage.format.IoCounters;
import io.diskimage.format.WritableDiskImage;
import java.io.Closeable;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** An image that is written together with an array that says what its guest has to see. */
public final class ModelledImage implements Closeable {
  private final WritableDiskImage image;
  private final DiskImage shown;
  private byte[] guest;

  /**
   * An image whose disk is zero so far.
   *
   * @param image closed with this
   */
  public ModelledImage(WritableDiskImage image) {
    this(image, image, new byte[(int) image.virtualSize()]);
  }

  /**
   * An image with content.
   *
   * @param shown the image over its layers below
   */
  public ModelledImage(WritableDiskImage image, DiskImage shown, byte[] guest) {
    this.image = image;
    this.shown = shown;
    this.guest = guest.clone();
  }

  /** Writes bytes that the seed gives. */
  public ModelledImage write(long offset, int length, long seed) throws IOException {
    byte[] bytes = new byte[length + 7];
    new Random(seed).nextBytes(bytes);
    image.write(offset, bytes, 7, length);
    System.arraycopy(bytes, 7, guest, (int) offset, length);
    return this;
  }

  public ModelledImage zero(long offset, int length, boolean unmap) throws IOException {
    image.writeZeroes(offset, length, unmap);
    Arrays.fill(guest, (int) offset, (int) offset + length, (byte) 0);
    return this;
  }

  /** What is discarded may read as zero from then on, or stay; the rest stays. */
  public ModelledImage discard(long offset, int length) throws IOException {
    byte[] before = guest.clone();
    image.discard(offset, length);
    guest = read(shown, before.length);
    for (int at = 0; at < guest.length; at++) {
      boolean inside = offset <= at && at < offset + length;
      if (guest[at] != before[at] && !(inside && guest[at] == 0)) {
        throw new AssertionError("discarding " + offset + "+" + length + " changed byte " + at);
      }
    }
    return this;
  }

  public ModelledImage resize(long size) throws IOException {
    image.resize(size, true);
    guest = Arrays.copyOf(guest, (int) size);
    return this;
  }

  public ModelledImage flush() throws IOException {
    image.flush();
    return this;
  }

  /** Random requests, half of them of whole blocks; without resizes. */
  public ModelledImage requests(Random random, int count, int block) throws IOException {
    for (int i = 0; i < count; i++) {
      int unit = List.of(1, 512, block, block).get(random.nextInt(4));
      int from = random.nextInt(Math.max(1, guest.length / unit)) * unit;
      int most = Math.max(1, Math.min(3 * block, guest.length - from) / unit);
      int length = Math.min(guest.length - from, unit * (1 + random.nextInt(most)));
      switch (random.nextInt(6)) {
        case 0 -> zero(from, length, random.nextBoolean());
        case 1 -> discard(from, length);
        case 2 -> flush();
        default -> write(from, length, random.nextLong());
      }
    }
    return this;
  }

  /** Holds that the guest sees what it has to. */
  public ModelledImage verify() throws IOException {
    assertShows(shown, guest);
    return this;
  }

  public byte[] guest() {
    return guest.clone();
  }

  /** Holds that an image shows a content. */
  public static void assertShows(DiskImage image, byte[] guest) throws IOException {
    assertThat(image.virtualSize()).isEqualTo(guest.length);
    int mismatch = Arrays.mismatch(read(image, guest.length), guest);
    assertThat(mismatch).as("first byte that differs").isEqualTo(-1);
  }

  private static byte[] read(DiskImage image, int length) throws IOException {
    byte[] bytes = new byte[length];
    if (length > 0) {
      try (ImageContent content = new ImageContent(image, new IoCounters())) {
        content.read(0, bytes, 0, length);
      }
    }
    return bytes;
  }

  @Override
  public void close() throws IOException {
    image.close();
  }
}
