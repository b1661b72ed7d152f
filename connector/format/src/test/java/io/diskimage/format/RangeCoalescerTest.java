package io.diskimage.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class RangeCoalescerTest {

  @Property
  void requestsAreAsLongAsTheStoreLikesThem(@ForAll Random random) {
    ReadAdvice advice =
        new ReadAdvice(random.nextInt(3000), 4096 + random.nextInt(10000), false, 0);
    int count = 1 + random.nextInt(50);
    long[] starts = random.longs(count, 0, 100_000).sorted().toArray();
    long[] lengths = random.longs(count, 1, 9000).toArray();
    int first = 0;
    while (first < count) {
      int end = RangeCoalescer.end(starts, lengths, first, count, advice);
      assertThat(end).isBetween(first + 1, count);
      long reach = reach(starts, lengths, first, end);
      if (end - first > 1) {
        assertThat(reach - starts[first]).isLessThanOrEqualTo(advice.maxRead());
      }
      for (int i = first + 1; i < end; i++) {
        assertThat(starts[i] - reach(starts, lengths, first, i))
            .isLessThanOrEqualTo(advice.maxGap());
      }
      if (end < count) {
        boolean tooFar = starts[end] - reach > advice.maxGap();
        boolean tooLong = reach(starts, lengths, first, end + 1) - starts[first] > advice.maxRead();
        assertThat(tooFar || tooLong).isTrue();
      }
      first = end;
    }
  }

  private static long reach(long[] starts, long[] lengths, int from, int to) {
    long reach = 0;
    for (int i = from; i < to; i++) {
      reach = Math.max(reach, starts[i] + lengths[i]);
    }
    return reach;
  }

  @Example
  void oneRangeMayBeLongerThanARequest() {
    long[] starts = {0, 10};
    long[] lengths = new long[2];
    Arrays.fill(lengths, 1 << 24);
    assertThat(RangeCoalescer.end(starts, lengths, 0, 2, ReadAdvice.LOCAL)).isEqualTo(1);
  }

  @Example
  void hostOffsetsNearTheirHighestValueDoNotWrap() {
    long last = 1L << 61;
    long[] starts = {0, last, last + 512};
    long[] lengths = {512, 512, 512};
    assertThat(RangeCoalescer.end(starts, lengths, 0, 3, ReadAdvice.LOCAL)).isEqualTo(1);
    assertThat(RangeCoalescer.end(starts, lengths, 1, 3, ReadAdvice.LOCAL)).isEqualTo(3);
  }
}
