package io.diskimage.format.chain;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.AllocationSummary;
import io.diskimage.format.DiskImage;
import io.diskimage.format.Extent;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.IoCounters;
import io.diskimage.format.ListedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Random layers against looking for each sector by itself. */
class LayeredImageTest {
  private static final int SECTOR = 512;

  private final IoCounters io = new IoCounters();

  private static List<ListedImage> layers(Random random) {
    List<ListedImage> layers = new ArrayList<>();
    do {
      layers.add(ListedImage.random(random, true));
    } while (layers.size() < 5 && random.nextInt(4) != 0);
    return layers;
  }

  /** What the rules of formats/README.md sections 5 and 6 say of a sector. */
  private static Extent sector(List<ListedImage> layers, long offset) {
    for (int depth = 0; ; depth++) {
      Extent run = runAt(layers.get(depth), offset);
      if (run.kind() == null) {
        return new Extent(offset, SECTOR, null, 0, -1, -1);
      }
      long host = run.hostOffset() < 0 ? -1 : run.hostOffset() + (offset - run.offset());
      boolean decided = run.kind() != ExtentKind.BACKING && run.kind() != ExtentKind.UNALLOCATED;
      if (decided || depth == layers.size() - 1) {
        int shown = run.depth() < 0 ? -1 : depth;
        return new Extent(offset, SECTOR, run.kind(), run.flags(), host, shown);
      }
      if (offset >= layers.get(depth + 1).virtualSize()) {
        int flags = run.flags() | ExtentCursor.ZERO;
        return new Extent(offset, SECTOR, ExtentKind.UNALLOCATED, flags, host, depth);
      }
    }
  }

  private static Extent runAt(ListedImage layer, long offset) {
    return layer.runs().stream()
        .filter(run -> run.offset() <= offset && offset < run.offset() + run.length())
        .findFirst()
        .orElseThrow();
  }

  @Property(tries = 500)
  void eachSectorIsThatOfTheFirstLayerThatHasIt(@ForAll Random random) throws IOException {
    List<ListedImage> layers = layers(random);
    DiskImage disk = LayeredImage.of(List.copyOf(layers));
    long sectors = layers.get(0).virtualSize() / SECTOR;
    long from = SECTOR * (sectors == 0 ? 0 : random.nextLong(sectors));
    long to = from + SECTOR * random.nextLong(sectors - from / SECTOR + 1);

    ExtentCursor runs = disk.extents(from, to, io);
    long position = from;
    while (runs.next()) {
      assertThat(runs.offset()).isEqualTo(position);
      assertThat(runs.length()).isPositive();
      for (long at = position; at < position + runs.length(); at += SECTOR) {
        long host = runs.hostOffset() < 0 ? -1 : runs.hostOffset() + (at - position);
        assertThat(new Extent(at, SECTOR, runs.kind(), runs.flags(), host, runs.depth()))
            .isEqualTo(sector(layers, at));
        assertThat(runs.failure() == null).isEqualTo(runs.kind() != null);
        if (runs.kind() != null && runs.kind().stored() && layers.size() > 1) {
          assertThat(runs.input()).isEqualTo(runs.depth());
        }
      }
      position += runs.length();
    }
    assertThat(position).isEqualTo(to);
  }

  @Property(tries = 200)
  void allocationIsThatOfTheTopLayerAndAtMostThatOfAll(@ForAll Random random) throws IOException {
    List<ListedImage> layers = layers(random);
    DiskImage disk = LayeredImage.of(List.copyOf(layers));
    AllocationSummary summary = disk.allocation(io);

    long stored = 0;
    for (ListedImage layer : layers) {
      stored += layer.stored(0, layer.virtualSize());
    }
    // What a lower layer stores behind the end of the disk is told by regions only.
    assertThat(summary.total()).isBetween(layers.get(0).stored(0, disk.virtualSize()), stored);
  }
}
