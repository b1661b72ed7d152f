package io.diskimage.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class AllocationSummaryTest {

  @Property
  void everyRegionHasItsOwnBytes(@ForAll Random random) {
    ListedImage image = ListedImage.random(random, true);
    AllocationSummary summary = image.allocation(new IoCounters());
    assertThat(summary.regionSize() % image.clusterSize()).isZero();
    assertThat(summary.regionSize() * summary.regions())
        .isGreaterThanOrEqualTo(image.virtualSize());
    for (int region = 0; region < summary.regions(); region++) {
      long from = region * summary.regionSize();
      assertThat(summary.stored(region)).isEqualTo(image.stored(from, from + summary.regionSize()));
    }
    assertThat(summary.total()).isEqualTo(image.stored(0, image.virtualSize()));
  }

  @Property
  void theFirstFailureIsKept(@ForAll Random random) {
    ListedImage image = ListedImage.random(random, true);
    AllocationSummary summary = image.allocation(new IoCounters());
    List<Extent> failed = image.runs().stream().filter(run -> run.kind() == null).toList();
    if (failed.isEmpty()) {
      assertThat(summary.failure()).isNull();
    } else {
      assertThat(summary.failure()).isInstanceOf(CorruptImageException.class);
      assertThat(((CorruptImageException) summary.failure()).hostOffset())
          .isEqualTo(failed.get(0).offset());
    }
  }

  @Example
  void aFailingDiskIsToldBeforeAFaultyImage() {
    IOException disk = new IOException("disk");
    ImageException image = new CorruptImageException("image", 0, "image");
    for (List<IOException> order :
        List.of(List.of(image, disk, image), List.of(disk, image), List.of(image, image, disk))) {
      AllocationSummary.Builder counted = new AllocationSummary.Builder(512, 512);
      order.forEach(counted::fail);
      assertThat(counted.build().failure()).isSameAs(disk);
    }
  }

  @Example
  void aHugeDiskHasFewRegions() {
    long size = (1L << 61) - 512;
    int data = ExtentCursor.DATA | ExtentCursor.OFFSET | ExtentCursor.ALLOCATED;
    ListedImage image =
        new ListedImage(
            2 << 20, size, List.of(new Extent(0, size, ExtentKind.DATA, data, 1 << 20, 0)));
    AllocationSummary summary = image.allocation(new IoCounters());
    assertThat(summary.regions()).isEqualTo(AllocationSummary.MAX_REGIONS);
    assertThat(summary.total()).isEqualTo(size);
  }

  @Example
  void aDiskUpToTheLastOffsetIsCounted() {
    long size = Long.MAX_VALUE - 511;
    AllocationSummary.Builder counted = new AllocationSummary.Builder(size, 65536);
    counted.add(0, size);
    AllocationSummary summary = counted.build();
    assertThat(summary.total()).isEqualTo(size);
    AllocationSummary.Builder again = new AllocationSummary.Builder(size, 65536);
    again.add(0, summary);
    assertThat(again.build().regions()).isEqualTo(summary.regions());
    assertThat(again.build().stored(0)).isEqualTo(summary.stored(0)).isPositive();
  }

  @Example
  void anEmptyDiskHasOneEmptyRegion() {
    AllocationSummary summary = new ListedImage(65536, 0, List.of()).allocation(new IoCounters());
    assertThat(summary.regions()).isEqualTo(1);
    assertThat(summary.total()).isZero();
  }
}
