package io.diskimage.format.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.AllocationSummary;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.ImageContent;
import io.diskimage.format.IoCounters;
import io.diskimage.format.MergedExtents;
import io.diskimage.format.Slicer;
import io.diskimage.format.oracle.QemuImg.MapRun;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Holds an opened image against what {@code qemu-img} says of it. */
public final class OracleAssertions {
  private static final int LONGEST_READ = 1 << 20;

  /** Zeros are compared on disks up to this size only: the runs have said where they are. */
  private static final long WHOLE_COMPARISON = 64L << 20;

  private OracleAssertions() {}

  /**
   * Virtual size, cluster size, runs and bytes are those of the oracle.
   *
   * @param what named by a failure
   * @param random chooses how the content is cut into reads
   */
  public static void assertSame(DiskImage image, OracleView oracle, String what, Random random)
      throws IOException {
    assertThat(image.virtualSize()).as("virtual size of %s", what).isEqualTo(oracle.virtualSize());
    if (oracle.clusterSize() != null) {
      assertThat(image.info().clusterSize())
          .as("cluster size of %s", what)
          .isEqualTo(oracle.clusterSize());
    }
    assertThat(asPrinted(image, runs(image, 0, image.virtualSize())))
        .as("runs of %s", what)
        .containsExactlyElementsOf(oracle.runs());
    for (Slicer.Share share : Slicer.Share.values()) {
      assertThat(asPrinted(image, runsOfSlices(image, share, 2 + random.nextInt(5))))
          .as("runs of slices of %s", what)
          .containsExactlyElementsOf(oracle.runs());
    }
    assertTablesBoundAllocation(image, what);
    assertSameContent(image, oracle, what, random);
  }

  private static List<MapRun> asPrinted(DiskImage image, List<MapRun> runs) {
    return Boolean.TRUE.equals(image.info().encrypted()) ? MapRun.ofEncrypted(runs) : runs;
  }

  /**
   * The maximal runs that start in a range, in the words of {@code qemu-img map} of the opened
   * layers alone: for it, what lies below them is absent and reads as zero.
   */
  public static List<MapRun> runs(DiskImage image, long from, long to) throws IOException {
    List<MapRun> runs = new ArrayList<>();
    ExtentCursor cursor = MergedExtents.startingIn(image, from, to, new IoCounters());
    while (cursor.next()) {
      if (cursor.failure() != null) {
        throw cursor.failure();
      }
      boolean below = cursor.kind() == ExtentKind.BACKING;
      assertThat(cursor.depth() < 0).as("no depth at %s", cursor.offset()).isEqualTo(below);
      boolean zero = (cursor.flags() & ExtentCursor.ZERO) != 0;
      assertThat(zero && below).as("zero and backing at %s", cursor.offset()).isFalse();
      runs.add(
          new MapRun(
              cursor.offset(),
              cursor.length(),
              Math.max(0, cursor.depth()),
              (cursor.flags() & ExtentCursor.ALLOCATED) != 0,
              zero || below,
              (cursor.flags() & ExtentCursor.DATA) != 0,
              (cursor.flags() & ExtentCursor.OFFSET) != 0 ? cursor.hostOffset() : null));
    }
    return runs;
  }

  private static void assertTablesBoundAllocation(DiskImage image, String what) throws IOException {
    AllocationSummary allocation = image.allocation(new IoCounters());
    AllocationSummary mapped = image.mapped(new IoCounters());
    assertThat(mapped.regions()).as("regions of %s", what).isEqualTo(allocation.regions());
    for (int region = 0; region < mapped.regions(); region++) {
      if (mapped.stored(region) < allocation.stored(region)) {
        assertThat(mapped.stored(region))
            .as("bytes under tables in region %d of %s", region, what)
            .isGreaterThanOrEqualTo(allocation.stored(region));
      }
    }
  }

  private static List<MapRun> runsOfSlices(DiskImage image, Slicer.Share share, int slices)
      throws IOException {
    IoCounters io = new IoCounters();
    List<MapRun> runs = new ArrayList<>();
    for (int k = 0; k < slices; k++) {
      long from = Slicer.start(image, share, k, slices, image.clusterSize(), io);
      long to = Slicer.start(image, share, k + 1, slices, image.clusterSize(), io);
      runs.addAll(runs(image, from, to));
    }
    return runs;
  }

  private static void assertSameContent(
      DiskImage image, OracleView oracle, String what, Random random) throws IOException {
    boolean whole = image.virtualSize() <= WHOLE_COMPARISON;
    IoCounters io = new IoCounters();
    try (FileChannel expected = FileChannel.open(oracle.content());
        ImageContent content = new ImageContent(image, io)) {
      for (MapRun run : oracle.runs()) {
        if (run.data() || (whole && run.present())) {
          assertSameRange(content, expected, run.start(), run.start() + run.length(), what, random);
        }
      }
    }
  }

  private static void assertSameRange(
      ImageContent content, FileChannel expected, long from, long to, String what, Random random)
      throws IOException {
    long position = from;
    while (position < to) {
      int length = (int) Math.min(to - position, 1 + random.nextInt(LONGEST_READ));
      byte[] ours = new byte[length];
      content.read(position, ours, 0, length);
      ByteBuffer theirs = ByteBuffer.allocate(length);
      while (theirs.hasRemaining()) {
        assertThat(expected.read(theirs, position + theirs.position()))
            .as("content of the oracle for %s", what)
            .isPositive();
      }
      int difference = Arrays.mismatch(ours, theirs.array());
      if (difference >= 0) {
        assertThat(ours[difference])
            .as("byte %d of %s", position + difference, what)
            .isEqualTo(theirs.array()[difference]);
      }
      position += length;
    }
  }
}
