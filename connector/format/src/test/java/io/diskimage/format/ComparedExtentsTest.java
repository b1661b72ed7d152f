package io.diskimage.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** The rule of what has changed, sector by sector, on mappings of any shape. */
class ComparedExtentsTest {
  private static final int SECTOR = 512;
  private static final int DATA = ExtentCursor.DATA | ExtentCursor.OFFSET | ExtentCursor.ALLOCATED;

  private final IoCounters io = new IoCounters();

  private static Extent at(List<Extent> runs, long offset) {
    return runs.stream()
        .filter(run -> run.offset() <= offset && offset < run.offset() + run.length())
        .findFirst()
        .orElseThrow();
  }

  private static boolean isSame(Extent before, Extent after, long offset) {
    if (before.kind() == null || after.kind() == null) {
      return false;
    }
    return switch (after.kind()) {
      case ZERO, UNALLOCATED ->
          before.kind() == ExtentKind.ZERO || before.kind() == ExtentKind.UNALLOCATED;
      case BACKING -> before.kind() == ExtentKind.BACKING;
      case DATA ->
          before.kind() == ExtentKind.DATA
              && before.hostOffset() - before.offset() == after.hostOffset() - after.offset();
      case COMPRESSED -> throw new AssertionError("none listed at " + offset);
    };
  }

  @Property(tries = 400)
  void everySectorIsJudgedByItsOwnEntries(@ForAll Random random) throws IOException {
    ListedImage before = ListedImage.random(random, true);
    ListedImage after = ListedImage.random(random, true);
    long sectors = after.virtualSize() / SECTOR;
    long from = sectors == 0 ? 0 : SECTOR * random.nextLong(sectors);
    long to = from + SECTOR * random.nextLong(sectors - from / SECTOR + 1);

    ComparedExtents runs = ComparedExtents.between(before, after, from, to, io);
    long position = from;
    while (runs.next()) {
      assertThat(runs.offset()).isEqualTo(position);
      assertThat(runs.length()).isPositive();
      for (long sector = position; sector < position + runs.length(); sector += SECTOR) {
        Extent now = at(after.runs(), sector);
        boolean isNew = sector >= before.virtualSize();
        Extent then = isNew ? null : at(before.runs(), sector);
        assertThat(runs.changed())
            .as("sector at %d", sector)
            .isEqualTo(isNew || !isSame(then, now, sector));
        boolean fails = now.kind() == null || (!isNew && then.kind() == null);
        assertThat(runs.failure() != null).isEqualTo(fails);
        assertThat(runs.kind()).isEqualTo(fails ? null : now.kind());
        if (!fails && now.hostOffset() >= 0) {
          assertThat(runs.hostOffset() + (sector - position))
              .isEqualTo(now.hostOffset() + (sector - now.offset()));
        }
      }
      position += runs.length();
    }
    assertThat(position).isEqualTo(to);
    assertThat(runs.next()).as("stays at the end").isFalse();
  }

  @Property(tries = 200)
  void slicesGiveEveryChangedRunExactlyOnce(
      @ForAll Random random, @ForAll @IntRange(min = 1, max = 20) int n) throws IOException {
    ListedImage before = ListedImage.random(random, false);
    ListedImage after = ListedImage.random(random, false);
    List<Extent> fromSlices = new ArrayList<>();
    for (int k = 0; k < n; k++) {
      Slicer.Share share = Slicer.Share.DATA;
      long from = Slicer.start(after, share, k, n, after.clusterSize(), io);
      long to = Slicer.start(after, share, k + 1, n, after.clusterSize(), io);
      fromSlices.addAll(collect(MergedExtents.changedIn(before, after, from, to, io)));
    }
    List<Extent> whole =
        collect(MergedExtents.changedIn(before, after, 0, after.virtualSize(), io));
    assertThat(fromSlices).isEqualTo(whole);

    BitSet shown = new BitSet();
    for (Extent run : whole) {
      shown.set((int) (run.offset() / SECTOR), (int) ((run.offset() + run.length()) / SECTOR));
    }
    for (int sector = 0; sector < after.virtualSize() / SECTOR; sector++) {
      long offset = (long) sector * SECTOR;
      boolean changed =
          offset >= before.virtualSize()
              || !isSame(at(before.runs(), offset), at(after.runs(), offset), offset);
      assertThat(shown.get(sector)).as("sector at %d", offset).isEqualTo(changed);
    }
  }

  @Test
  void runsApartFromEachOtherStayApartWhateverTheirState() throws IOException {
    // Clusters 0 and 2 became unallocated, 1 was so before: two runs, though their states agree.
    ListedImage before =
        disk(
            new Extent(0, 512, ExtentKind.DATA, DATA, 4096, 0),
            new Extent(512, 512, ExtentKind.UNALLOCATED, ExtentCursor.ZERO, -1, 0),
            new Extent(1024, 512, ExtentKind.DATA, DATA, 4608, 0));
    ListedImage after = disk(new Extent(0, 1536, ExtentKind.UNALLOCATED, ExtentCursor.ZERO, -1, 0));
    assertThat(collect(MergedExtents.changedIn(before, after, 0, 1536, io)))
        .containsExactly(
            new Extent(0, 512, ExtentKind.UNALLOCATED, ExtentCursor.ZERO, -1, 0),
            new Extent(1024, 512, ExtentKind.UNALLOCATED, ExtentCursor.ZERO, -1, 0));
  }

  @Test
  void dataWithoutAKnownPlaceMayHaveChanged() throws IOException {
    int flags = ExtentCursor.DATA | ExtentCursor.ALLOCATED;
    ListedImage disk = disk(new Extent(0, 512, ExtentKind.DATA, flags, -1, 0));
    ComparedExtents runs = ComparedExtents.between(disk, disk, 0, 512, io);
    assertThat(runs.next()).isTrue();
    assertThat(runs.changed()).isTrue();
  }

  @Test
  void theSamePlaceInAnotherFileIsAnotherPlace() throws IOException {
    ListedImage disk = disk(new Extent(0, 512, ExtentKind.DATA, DATA, 4096, 0));
    ComparedExtents inOne = ComparedExtents.between(disk, disk, 0, 512, io);
    assertThat(inOne.next()).isTrue();
    assertThat(inOne.changed()).isFalse();
    ComparedExtents inTwo = ComparedExtents.between(disk.in("below"), disk, 0, 512, io);
    assertThat(inTwo.next()).isTrue();
    assertThat(inTwo.changed()).isTrue();
  }

  private static ListedImage disk(Extent... runs) {
    Extent last = runs[runs.length - 1];
    return new ListedImage(512, last.offset() + last.length(), List.of(runs));
  }

  private static List<Extent> collect(ExtentCursor runs) {
    List<Extent> result = new ArrayList<>();
    while (runs.next()) {
      result.add(Extent.of(runs));
    }
    return result;
  }
}
