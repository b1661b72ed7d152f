package io.diskimage.format.hostile;

import com.sun.management.ThreadMXBean;
import io.diskimage.format.BitmapInfo;
import io.diskimage.format.BytesImageInput;
import io.diskimage.format.DirtyRanges;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ImageContent;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageFormat;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Limits;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.SnapshotInfo;
import io.diskimage.format.chain.BackingChain;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckOptions;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.ImageCheck;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;

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
   * Bytes of heap that one step may allocate, live or long dead. Nothing outlives its step but
   * garbage, so the heap never grows by more than that.
   */
  public static final long MAX_ALLOCATED = 64 << 20;

  /** What counting of references may take; the rest of a check is bounded by itself. */
  private static final long CHECK_MEMORY = 16 << 20;

  /** Fewer than the default: ten million of them are meant to take longer than an ordeal may. */
  private static final int KEY_ITERATIONS = 100_000;

  /** Of the encrypted images that mutants are made of. */
  private static final String PASSPHRASE = "swordfish";

  private static final int RUNS = 64;
  private static final int READ_BYTES = 64 << 10;
  private static final int SNAPSHOTS = 2;
  private static final int BITMAPS = 2;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final ImageFormat format;
  private final ImageInput file;
  private final byte[] target = new byte[READ_BYTES];
  private int opened;
  private long allocated;
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
   * @param allocated bytes that the costliest step allocated
   * @param opened purposes that the file could be opened for
   * @param refusals steps that ended in an {@link ImageException}
   */
  public record Cost(long cpuNanos, long allocated, int opened, int refusals) {
    private boolean isBounded(int patience) {
      return cpuNanos <= patience * MAX_CPU_NANOS && allocated <= MAX_ALLOCATED;
    }
  }

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
    return of(format, file, 1);
  }

  private static Cost of(ImageFormat format, ImageInput file, int patience) {
    Cost cost = measure(format, file);
    if (!cost.isBounded(patience)) {
      // The first use of a class may cost more than the file.
      cost = measure(format, file);
    }
    if (!cost.isBounded(patience)) {
      throw new AssertionError("took too much: " + cost);
    }
    return cost;
  }

  /**
   * Puts bytes to the ordeal, under a name that their driver goes by.
   *
   * @param patience by which the CPU time is multiplied: code that is watched is slower
   */
  static Cost of(ImageFormat format, byte[] file, int patience) {
    String name = format.name().equals("parallels-bundle") ? "DiskDescriptor.xml" : "hostile.vhd";
    return of(format, new BytesImageInput("/vm/" + name, file), patience);
  }

  private static Cost measure(ImageFormat format, ImageInput file) {
    long cpu = THREADS.getCurrentThreadCpuTime();
    Ordeal ordeal = new Ordeal(format, file);
    ordeal.run();
    return new Cost(
        THREADS.getCurrentThreadCpuTime() - cpu, ordeal.allocated, ordeal.opened, ordeal.refusals);
  }

  private void run() {
    bounded("probe", () -> ImageFormats.detect(file, true, new IoCounters()));
    bounded("open for INFO", () -> open(Purpose.INFO, this::look));
    bounded("open for READ", () -> open(Purpose.READ, this::look));
    // Only a check opens images for it.
    bounded("open for CHECK", () -> open(Purpose.CHECK, DiskImage::info));
    bounded("check", this::check);
  }

  private void open(Purpose purpose, Consumer<DiskImage> then) throws IOException {
    OpenOptions options =
        OpenOptions.of(purpose)
            .withReferences(new AnyReference())
            .withPassphrases((image, uuid) -> PASSPHRASE.getBytes(StandardCharsets.US_ASCII))
            .withLimits(Limits.DEFAULT.withKeyIterations(KEY_ITERATIONS));
    try (DiskImage image = format.open(file, options)) {
      opened++;
      then.accept(image);
      if (purpose == Purpose.READ && !image.parents(new IoCounters()).isEmpty()) {
        step("follow", () -> then.accept(BackingChain.open(image, options)));
      }
    }
  }

  private void bounded(String name, Step step) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    step(name, step);
    allocated = Math.max(allocated, THREADS.getCurrentThreadAllocatedBytes() - before);
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
    step("bitmaps", () -> bitmaps(image));
    step("allocation", () -> image.allocation(new IoCounters()));
    step("mapped", () -> image.mapped(new IoCounters()));
    walk(image);
    step("snapshots", () -> snapshots(image));
  }

  private void bitmaps(DiskImage image) throws IOException {
    List<BitmapInfo> bitmaps = image.bitmaps(new IoCounters());
    for (BitmapInfo bitmap : bitmaps.subList(0, Math.min(BITMAPS, bitmaps.size()))) {
      step("dirty bytes", () -> dirtyRanges(image, bitmap).dirtyBytes());
      step("dirty ranges", () -> walk(dirtyRanges(image, bitmap), image.virtualSize()));
    }
  }

  private static DirtyRanges dirtyRanges(DiskImage image, BitmapInfo bitmap) throws IOException {
    return image.dirtyRanges(bitmap.name(), 0, image.virtualSize(), new IoCounters());
  }

  private static void walk(DirtyRanges ranges, long end) {
    long expected = 0;
    for (int i = 0; i < RUNS && ranges.next(); i++) {
      require(ranges.offset() == expected, "dirty ranges with a gap");
      require(ranges.length() > 0, "dirty range without bytes");
      expected += ranges.length();
      require(expected <= end, "dirty range behind the end of the disk");
    }
  }

  private void snapshots(DiskImage image) throws IOException {
    List<SnapshotInfo> snapshots = image.snapshots();
    for (SnapshotInfo snapshot : snapshots.subList(0, Math.min(SNAPSHOTS, snapshots.size()))) {
      step("snapshot", () -> walk(image.at(snapshot.id())));
    }
  }

  private void walk(DiskImage image) {
    long size = image.virtualSize();
    long end = Math.max(0, size - READ_BYTES);
    step(
        "map and read",
        () -> {
          try (ImageContent content = new ImageContent(image, new IoCounters())) {
            for (long from : new long[] {0, size / 2, end}) {
              step("map", () -> walk(image, content, from));
            }
          }
        });
  }

  /** The first runs from an offset on, and the first bytes of each of them. */
  private void walk(DiskImage image, ImageContent content, long from) throws IOException {
    ExtentCursor runs = image.extents(from, image.virtualSize(), new IoCounters());
    long expected = from;
    for (int i = 0; i < RUNS && runs.next(); i++) {
      require(runs.offset() == expected, "runs with a gap");
      require(runs.length() > 0, "run without bytes");
      expected += runs.length();
      require(expected <= image.virtualSize(), "run behind the end of the disk");
      IOException failure = runs.failure();
      if (failure != null) {
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
