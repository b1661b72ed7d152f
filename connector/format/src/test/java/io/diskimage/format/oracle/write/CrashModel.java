package io.diskimage.format.oracle.write;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageContent;
import io.diskimage.format.IoCounters;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * What a disk may hold after a crash: what it held at the last flush, or in each sector that was
 * written since what one of the requests made of it.
 */
final class CrashModel {
  private static final int SECTOR = TargetWrite.SECTOR;

  private final DiskModel now;
  private DiskModel flushed;

  /** By sector, what it held since the last flush. */
  private final Map<Long, List<byte[]>> since = new HashMap<>();

  private final NavigableSet<Long> sizes = new TreeSet<>();

  private final boolean endsWithFile;

  /**
   * A disk on stable storage.
   *
   * @param endsWithFile see {@link WriterProfile#endsWithFile}
   */
  CrashModel(DiskModel disk, boolean endsWithFile) {
    this.now = disk;
    this.endsWithFile = endsWithFile;
    flushed();
  }

  /** The disk without a crash. */
  DiskModel now() {
    return now;
  }

  /** All that was written is there for good. */
  void flushed() {
    flushed = now.copy();
    since.clear();
    sizes.clear();
    sizes.add(now.size());
  }

  /** A request was made. */
  void step(Step step) {
    long from = step.from(now.size());
    long to = step.to(now.size());
    step.on(now);
    sizes.add(now.size());
    remember(now, from, to);
  }

  /** The writer shows what became of a range that was given up. */
  void settle(DiskImage image, Step step) throws IOException {
    now.settle(image, "after " + step);
    remember(now, step.from(now.size()), step.to(now.size()));
  }

  /** A request failed: each sector of its range is as it was or as it was to be. */
  void failed(Step step, DiskImage image) throws IOException {
    long from = step.from(now.size());
    long to = step.to(now.size());
    DiskModel meant = now.copy();
    step.on(meant);
    sizes.add(meant.size());
    CrashModel either = new CrashModel(now.copy(), endsWithFile);
    either.sizes.add(meant.size());
    either.remember(meant, from, to);
    if (step instanceof Step.Discard) {
      either.remember(new DiskModel(meant.size(), SECTOR, WriterProfile.Discards.BYTES), from, to);
    }
    either.require(image, "writer after failed " + step);
    now.resize(image.virtualSize());
    now.take(image);
    remember(meant, from, to);
    remember(now, from, to);
  }

  private void remember(DiskModel disk, long from, long to) {
    for (long sector = from / SECTOR; sector * SECTOR < to; sector++) {
      byte[] bytes = new byte[SECTOR];
      disk.get(sector * SECTOR, bytes, SECTOR);
      List<byte[]> versions = since.computeIfAbsent(sector, any -> new ArrayList<>(2));
      if (versions.stream().noneMatch(each -> Arrays.equals(each, bytes))) {
        versions.add(bytes);
      }
    }
  }

  /**
   * Holds an image to this.
   *
   * @param what named by a failure
   */
  void require(DiskImage image, String what) throws IOException {
    long size = image.virtualSize();
    boolean known =
        endsWithFile ? sizes.first() <= size && size <= sizes.last() : sizes.contains(size);
    if (!known) {
      throw new AssertionError("%s: size is %d, not one of %s".formatted(what, size, sizes));
    }
    byte[] expected = new byte[SparseBytes.PAGE];
    byte[] actual = new byte[SparseBytes.PAGE];
    try (ImageContent shown = new ImageContent(image, new IoCounters())) {
      for (long at = 0; at < size; at += expected.length) {
        int piece = (int) Math.min(expected.length, size - at);
        shown.read(at, actual, 0, piece);
        flushed.get(at, expected, piece);
        if (!Arrays.equals(expected, 0, piece, actual, 0, piece)) {
          requireSectors(at, expected, actual, piece, what);
        }
      }
    }
  }

  private void requireSectors(
      long offset, byte[] expected, byte[] actual, int length, String what) {
    for (int at = 0; at < length; at += SECTOR) {
      int start = at;
      int end = at + SECTOR;
      boolean known =
          Arrays.equals(expected, at, end, actual, at, end)
              || since.getOrDefault((offset + at) / SECTOR, List.of()).stream()
                  .anyMatch(each -> Arrays.equals(each, 0, SECTOR, actual, start, end));
      if (!known) {
        throw new AssertionError(
            "%s: sector at %d begins with %s, not as flushed with %s, nor with one of the %d later"
                .formatted(
                    what,
                    offset + at,
                    Arrays.toString(Arrays.copyOfRange(actual, at, at + 8)),
                    Arrays.toString(Arrays.copyOfRange(expected, at, at + 8)),
                    since.getOrDefault((offset + at) / SECTOR, List.of()).size()));
      }
    }
  }
}
