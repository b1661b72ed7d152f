package io.diskimage.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class MergedExtentsTest {

  private static List<Extent> collect(ExtentCursor runs) {
    List<Extent> result = new ArrayList<>();
    while (runs.next()) {
      result.add(Extent.of(runs));
    }
    assertThat(runs.next()).as("stays at the end").isFalse();
    return result;
  }

  private static List<Extent> merged(ListedImage image) {
    return collect(new MergedExtents(image.extents(0, image.virtualSize(), new IoCounters())));
  }

  /** One run at a time put behind the last one, if it continues it. */
  private static List<Extent> naive(List<Extent> runs) {
    List<Extent> result = new ArrayList<>();
    for (Extent run : runs) {
      Extent last = result.isEmpty() ? null : result.get(result.size() - 1);
      boolean continues =
          last != null
              && run.kind() != null
              && run.kind() == last.kind()
              && (run.hostOffset() < 0 || run.hostOffset() == last.hostOffset() + last.length());
      if (continues) {
        result.set(
            result.size() - 1,
            new Extent(
                last.offset(),
                last.length() + run.length(),
                last.kind(),
                last.flags(),
                last.hostOffset(),
                last.depth()));
      } else {
        result.add(run);
      }
    }
    return result;
  }

  @Property(tries = 250)
  void runsAreMaximal(@ForAll Random random) {
    ListedImage image = ListedImage.random(random, true);
    assertThat(merged(image)).isEqualTo(naive(image.runs()));
  }

  @Property(tries = 250)
  void slicesGiveEveryRunExactlyOnce(
      @ForAll Random random, @ForAll @IntRange(min = 1, max = 30) int n) throws IOException {
    ListedImage image = ListedImage.random(random, false);
    List<Extent> fromSlices = new ArrayList<>();
    for (int k = 0; k < n; k++) {
      long from =
          Slicer.start(image, Slicer.Share.DATA, k, n, image.clusterSize(), new IoCounters());
      long to =
          Slicer.start(image, Slicer.Share.DATA, k + 1, n, image.clusterSize(), new IoCounters());
      fromSlices.addAll(collect(MergedExtents.startingIn(image, from, to, new IoCounters())));
    }
    assertThat(fromSlices).isEqualTo(merged(image));
  }

  @Property(tries = 250)
  void slicesGiveEveryFailureExactlyOnce(
      @ForAll Random random, @ForAll @IntRange(min = 1, max = 30) int n) throws IOException {
    ListedImage image = ListedImage.random(random, true);
    List<Extent> fromSlices = new ArrayList<>();
    for (int k = 0; k < n; k++) {
      long from =
          Slicer.start(image, Slicer.Share.DATA, k, n, image.clusterSize(), new IoCounters());
      long to =
          Slicer.start(image, Slicer.Share.DATA, k + 1, n, image.clusterSize(), new IoCounters());
      fromSlices.addAll(collect(MergedExtents.startingIn(image, from, to, new IoCounters())));
    }
    assertThat(fromSlices).isEqualTo(merged(image));
  }
}
