package io.diskimage.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.chain.LayeredImage;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class SlicerTest {

  private static long start(DiskImage image, int k, int n, long grain) throws IOException {
    return start(image, Slicer.Share.DATA, k, n, grain);
  }

  private static long start(DiskImage image, Slicer.Share share, int k, int n, long grain)
      throws IOException {
    return Slicer.start(image, share, k, n, grain, new IoCounters());
  }

  @Property(tries = 250)
  void slicesCoverTheDiskExactlyOnce(
      @ForAll Random random, @ForAll @IntRange(min = 1, max = 40) int n) throws IOException {
    ListedImage image = ListedImage.random(random, true);
    long grain = image.clusterSize() * (1 + random.nextInt(4));
    assertThat(start(image, 0, n, grain)).isZero();
    assertThat(start(image, n, n, grain)).isEqualTo(image.virtualSize());
    for (int k = 0; k < n; k++) {
      long from = start(image, k, n, grain);
      assertThat(from).isLessThanOrEqualTo(start(image, k + 1, n, grain));
      assertThat(from % grain).isZero();
    }
  }

  @Property(tries = 250)
  void slicesHoldEqualSharesUpToAGrain(
      @ForAll Random random, @ForAll @IntRange(min = 1, max = 40) int n) throws IOException {
    ListedImage image = ListedImage.random(random, true);
    long grain = image.clusterSize() * (1 + random.nextInt(4));
    long total = image.stored(0, image.virtualSize());
    for (int k = 0; total > 0 && k < n; k++) {
      long stored = image.stored(start(image, k, n, grain), start(image, k + 1, n, grain));
      assertThat(stored).isLessThanOrEqualTo(total / n + 1 + grain);
    }
  }

  @Property(tries = 250)
  void aDiskWithoutDataIsCutByLength(@ForAll @IntRange(min = 1, max = 40) int n)
      throws IOException {
    long size = 1L << 30;
    Extent nothing = new Extent(0, size, ExtentKind.UNALLOCATED, ExtentCursor.ZERO, -1, 0);
    ListedImage image = new ListedImage(65536, size, List.of(nothing));
    for (int k = 0; k < n; k++) {
      long length = start(image, k + 1, n, 65536) - start(image, k, n, 65536);
      assertThat(length).isBetween(size / n - 65536, size / n + 65536);
    }
  }

  @Property(tries = 250)
  void slicesOfSeveralLayersCoverTheDiskExactlyOnce(
      @ForAll Random random, @ForAll @IntRange(min = 1, max = 40) int n) throws IOException {
    DiskImage disk =
        LayeredImage.of(
            List.of(
                ListedImage.random(random, true),
                ListedImage.random(random, true),
                ListedImage.random(random, true)));
    for (Slicer.Share share : Slicer.Share.values()) {
      long border = 0;
      for (int k = 1; k <= n; k++) {
        long next = Slicer.start(disk, share, k, n, disk.clusterSize(), new IoCounters());
        assertThat(next).isBetween(border, disk.virtualSize());
        border = next;
      }
      assertThat(border).isEqualTo(disk.virtualSize());
    }
  }

  @Example
  void aDenseRegionOfAHugeDiskIsCutInside() throws IOException {
    long size = 1L << 50;
    // Not where a region begins.
    long from = (3L << 40) + (5L << 30);
    long length = 1L << 30;
    int data = ExtentCursor.DATA | ExtentCursor.OFFSET | ExtentCursor.ALLOCATED;
    ListedImage image =
        new ListedImage(
            65536,
            size,
            List.of(
                new Extent(0, from, ExtentKind.UNALLOCATED, ExtentCursor.ZERO, -1, 0),
                new Extent(from, length, ExtentKind.DATA, data, 65536, 0),
                new Extent(
                    from + length,
                    size - from - length,
                    ExtentKind.UNALLOCATED,
                    ExtentCursor.ZERO,
                    -1,
                    0)));
    for (Slicer.Share share : List.of(Slicer.Share.DATA, Slicer.Share.TABLES)) {
      assertThat(start(image, share, 1, 4, 65536)).isEqualTo(from + length / 4);
      assertThat(start(image, share, 3, 4, 65536)).isEqualTo(from + length / 4 * 3);
    }
  }

  @Example
  void whatAnUpperLayerHidesMovesNoBorder() throws IOException {
    long size = 1L << 30;
    int data = ExtentCursor.DATA | ExtentCursor.OFFSET | ExtentCursor.ALLOCATED;
    ListedImage full =
        new ListedImage(65536, size, List.of(new Extent(0, size, ExtentKind.DATA, data, 65536, 0)));
    ListedImage upper =
        new ListedImage(
            65536,
            size,
            List.of(
                new Extent(0, size / 2, ExtentKind.DATA, data, 65536, 0),
                new Extent(size / 2, size / 2, ExtentKind.BACKING, 0, -1, -1)));
    DiskImage disk = LayeredImage.of(List.of(upper, full));
    for (int k = 0; k <= 16; k++) {
      assertThat(start(disk, k, 16, 65536)).isEqualTo(size / 16 * k);
    }
  }

  @Example
  void refusesSlicesThatAreNot() {
    ListedImage image = ListedImage.random(new Random(1), false);
    assertThatThrownBy(() -> start(image, 2, 1, 512)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> start(image, -1, 1, 512)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> start(image, 0, 0, 512)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> start(image, 0, 1, 0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Example
  void aTableThatCannotBeReadNowMovesNoBorder() {
    Extent data =
        new Extent(0, 1 << 20, ExtentKind.DATA, ExtentCursor.DATA | ExtentCursor.OFFSET, 0, 0);
    ListedImage image = new ListedImage(65536, 1 << 20, List.of(data));
    IOException outage = new IOException("the store does not answer");
    ExtentCursor failing =
        new ForwardingExtents(image.extents(0, 1 << 20, new IoCounters())) {
          @Override
          public IOException failure() {
            return outage;
          }
        };
    AllocationSummary counted = AllocationSummary.count(failing, 1 << 20, 65536);
    DiskImage unanswered =
        (DiskImage)
            Proxy.newProxyInstance(
                DiskImage.class.getClassLoader(),
                new Class<?>[] {DiskImage.class},
                (proxy, method, arguments) ->
                    method.getName().equals("allocation")
                        ? counted
                        : method.invoke(image, arguments));

    assertThatThrownBy(() -> start(unanswered, 1, 2, 65536)).isSameAs(outage);
  }
}
