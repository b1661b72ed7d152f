package io.diskimage.format;

/**
 * Which neighbouring host ranges one request should read: a pure function of the ranges and the
 * store's advice.
 */
final class RangeCoalescer {
  private RangeCoalescer() {}

  /**
   * How far a request that begins with range {@code first} should go.
   *
   * @param starts host offsets, ascending
   * @param lengths bytes of each range; ranges may overlap
   * @param first index of the request's first range
   * @param count number of ranges
   * @return index behind the last range of the request, greater than {@code first}
   */
  static int end(long[] starts, long[] lengths, int first, int count, ReadAdvice advice) {
    long start = starts[first];
    long end = start + lengths[first];
    int next = first + 1;
    while (next < count) {
      long nextEnd = Math.max(end, starts[next] + lengths[next]);
      if (starts[next] - end > advice.maxGap() || nextEnd - start > advice.maxRead()) {
        break;
      }
      end = nextEnd;
      next++;
    }
    return next;
  }
}
