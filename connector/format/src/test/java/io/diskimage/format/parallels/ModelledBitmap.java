package io.diskimage.format.parallels;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.DirtyRanges;
import io.diskimage.format.DiskImage;
import io.diskimage.format.IoCounters;
import java.io.IOException;
import java.util.BitSet;
import java.util.Random;
import java.util.UUID;

/**
 * A dirty bitmap that a test stores in an image, and what has to become of it.
 *
 * @param sectors of the disk
 * @param granularity sectors of a bit
 * @param bits that are set
 */
record ModelledBitmap(UUID id, long sectors, int granularity, BitSet bits) {

  /** One that has stretches of bits, of which some are set. */
  static ModelledBitmap random(long sectors, int granularity, Random random) {
    ModelledBitmap bitmap = clean(sectors, granularity, random);
    int count = bitmap.count();
    for (int at = 0; at < count; ) {
      int end = (int) Math.min(count, at + (1L << random.nextInt(14)));
      bitmap.bits.set(at, end, random.nextInt(3) == 0);
      at = end;
    }
    return bitmap;
  }

  static ModelledBitmap clean(long sectors, int granularity, Random random) {
    UUID id = new UUID(random.nextLong(), random.nextLong());
    return new ModelledBitmap(id, sectors, granularity, new BitSet());
  }

  /** Bits that stand for a part of the disk. */
  int count() {
    return (int) ((sectors + granularity - 1) / granularity);
  }

  void mark(long offset, long length) {
    long bytes = granularity * 512L;
    bits.set((int) (offset / bytes), (int) ((offset + length - 1) / bytes) + 1);
  }

  /** The bits as they are stored, without those behind the last word. */
  byte[] stored() {
    byte[] stored = new byte[(count() + 63) / 64 * 8];
    byte[] set = bits.toByteArray();
    System.arraycopy(set, 0, stored, 0, set.length);
    return stored;
  }

  /** Holds that an image has this bitmap. */
  void requireIn(DiskImage image) throws IOException {
    BitSet actual = new BitSet();
    DirtyRanges ranges = image.dirtyRanges(id.toString(), 0, image.virtualSize(), new IoCounters());
    while (ranges.next()) {
      assertThat(ranges.failure()).isNull();
      if (ranges.isDirty()) {
        long bytes = granularity * 512L;
        long end = ranges.offset() + ranges.length();
        actual.set((int) (ranges.offset() / bytes), (int) ((end + bytes - 1) / bytes));
      }
    }
    assertThat(actual).as("bitmap %s of %d sectors a bit", id, granularity).isEqualTo(bits);
  }
}
