package io.diskimage.format.hostile;

import com.sun.management.ThreadMXBean;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ImageContent;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageFormat;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.SnapshotInfo;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckOptions;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.ImageCheck;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.List;

/**
 * All that is done to an image, done to a file that may be hostile: probe, open for every purpose,
 * describe, map, read and check. Whatever the file holds, each step ends in a result or in an
 * {@link ImageException}, and all of them keep to {@link #MAX_CPU_NANOS} and {@link
 * #MAX_ALLOCATED}. Everything else comes out as an {@link AssertionError}.
 */
public final class Ordeal {
  /** CPU time, not time on the clock: what the machine does besides is not the file's fault. */
  public static final long MAX_CPU_NANOS = 2_000_000_000L;

  /**
   * Bytes of heap that the whole ordeal may allocate, live or long dead: what grew at any moment is
   * no more than that.
   */
  public static final long MAX_ALLOCATED = 64 << 20;

  /** What counting of references may take; the rest of a check is bounded by itself. */
  private static final long CHECK_MEMORY = 16 << 20;

  private static final int RUNS = 64;
  private static final int READ_BYTES = 64 << 10;
  private static final int SNAPSHOTS = 4;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final ImageFormat format;
  private final ImageInput file;
  private final byte[] target = new byte[READ_BYTES];
  private int opened;
  private int refusals;

  /** A step of the ordeal. */
  @FunctionalInterface
  private interface Step {
    void run() throws IOException;
  }

  /**
   * What an ordeal took.
   *
   * @param cpuNanos of this thread
   * @param allocated bytes that this thread allocated in all
   * @param opened purposes that the file could be opened for
   * @param refusals steps that ended in an {@link ImageException}
   */
  public record Cost(long cpuNanos, long allocated, int opened, int refusals) {}

  private Ordeal(ImageFormat format, ImageInput file) {
    this.format = format;
    this.file = file;
  }

  /**
   * Puts a file to the ordeal.
   *
   * @param format driver that opens it, whatever the probes say
   * @param file may be opened and closed again and again, and never fails
   * @throws AssertionError if a step fails by anything but an {@link ImageException}, or if they
   *     take too much
   */
  public static Cost of(ImageFormat format, ImageInput file) {
    long cpu = THREADS.getCurrentThreadCpuTime();
    long allocated = THREADS.getCurrentThreadAllocatedBytes();
    Ordeal ordeal = new Ordeal(format, file);
    ordeal.run();
    Cost cost =
        new Cost(
            THREADS.getCurrentThreadCpuTime() - cpu,
            THREADS.getCurrentThreadAllocatedBytes() - allocated,
            ordeal.opened,
            ordeal.refusals);
    if (cost.cpuNanos() > MAX_CPU_NANOS) {
      throw new AssertionError("took " + cost.cpuNanos() / 1_000_000 + " ms of CPU");
    }
    if (cost.allocated() > MAX_ALLOCATED) {
      throw new AssertionError("allocated " + cost.allocated() + " bytes");
    }
    return cost;
  }

  private void run() {
    step("probe", () -> ImageFormats.detect(file, true, new IoCounters()));
    for (Purpose purpose : List.of(Purpose.INFO, Purpose.READ, Purpose.CHECK)) {
      step(
          "open for " + purpose,
          () -> {
            try (DiskImage image = format.open(file, OpenOptions.of(purpose))) {
              opened++;
              look(image);
            }
          });
    }
    step("check", this::check);
  }

  private void step(String name, Step step) {
    try {
      step.run();
    } catch (ImageException typed) {
      refusals++;
      if (typed.location() == null || typed.detail() == null) {
        throw new AssertionError(name + ": names neither file nor reason", typed);
      }
    } catch (IOException | RuntimeException | Error wrong) {
      throw new AssertionError(name + ": " + wrong, wrong);
    }
  }

  private void look(DiskImage image) {
    step("info", () -> require(image.info().virtualSize() == image.virtualSize(), "two sizes"));
    require(image.virtualSize() >= 0 && image.virtualSize() % 512 == 0, "size of no whole sectors");
    require(image.clusterSize() > 0 && image.clusterSize() % 512 == 0, "cluster of odd size");
    step("references", () -> image.references(new IoCounters()));
    step("bitmaps", () -> image.bitmaps(new IoCounters()));
    step("allocation", () -> image.allocation(new IoCounters()));
    step("mapped", () -> image.mapped(new IoCounters()));
    walk(image);
    step("snapshots", () -> snapshots(image));
  }

  private void snapshots(DiskImage image) throws IOException {
    List<SnapshotInfo> snapshots = image.snapshots();
    for (SnapshotInfo snapshot : snapshots.subList(0, Math.min(SNAPSHOTS, snapshots.size()))) {
      step("snapshot", () -> walk(image.at(snapshot.id())));
    }
  }

  private void walk(DiskImage image) {
    long size = image.virtualSize();
    step("map and read", () -> walk(image, 0, size));
    step("map and read from the middle", () -> walk(image, size / 2, size));
    long end = Math.max(0, size - READ_BYTES);
    step("map and read the end", () -> walk(image, end, size));
  }

  /** The first runs of a range, and the first bytes of each of them. */
  private void walk(DiskImage image, long from, long to) throws IOException {
    ExtentCursor runs = image.extents(from, to, new IoCounters());
    try (ImageContent content = new ImageContent(image, new IoCounters())) {
      long expected = from;
      for (int i = 0; i < RUNS && runs.next(); i++) {
        require(runs.offset() == expected, "runs with a gap");
        require(runs.length() > 0 && runs.length() <= to - expected, "run of a wrong length");
        expected += runs.length();
        if (runs.failure() != null) {
          IOException failure = runs.failure();
          step(
              "entry",
              () -> {
                throw failure;
              });
        }
        long offset = runs.offset();
        int length = (int) Math.min(READ_BYTES, runs.length());
        step("read", () -> content.read(offset, target, 0, length));
      }
    }
  }

  private void check() throws IOException {
    CheckReport report =
        ImageCheck.of(
            format, file, CheckOptions.of(CheckLevel.FULL).withMemoryBudget(CHECK_MEMORY));
    require(report.verdict() != null, "no verdict");
    if (report.error() != null) {
      throw report.error();
    }
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalStateException(otherwise);
    }
  }
}
