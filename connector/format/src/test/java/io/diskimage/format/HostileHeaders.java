package io.diskimage.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** Images with wrong fields, and what a driver may answer to them: success or a typed refusal. */
final class HostileHeaders {
  private static final int[] WIDTHS = {1, 2, 4, 8};
  private static final Map<Integer, Iterable<byte[]>> EXTREMES =
      Map.of(1, extremes(1), 2, extremes(2), 4, extremes(4), 8, extremes(8));
  private static final long MAX_CPU_NANOS = 1_000_000_000L;
  private static final long MAX_ALLOCATED = 16 << 20;
  private static final int RUNS = 64;
  private static final int READ_BYTES = 4096;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private HostileHeaders() {}

  /**
   * Puts extreme values at every place of a range, one at a time, in both byte orders.
   *
   * @param sign makes checksums, which lie in the range, right again
   */
  static void mutateFields(
      byte[] file, int from, int to, Consumer<byte[]> sign, Consumer<byte[]> attempt) {
    byte[] mutant = file.clone();
    for (int at = from; at < to; at++) {
      for (int width : WIDTHS) {
        if (at + width > to) {
          continue;
        }
        for (byte[] value : EXTREMES.get(width)) {
          System.arraycopy(value, 0, mutant, at, width);
          sign.accept(mutant);
          tell(attempt, mutant, at, value);
          System.arraycopy(file, from, mutant, from, to - from);
        }
      }
    }
  }

  private static void tell(Consumer<byte[]> attempt, byte[] mutant, int at, byte[] value) {
    try {
      attempt.accept(mutant);
    } catch (AssertionError | RuntimeException wrong) {
      throw new AssertionError(
          "with " + HexFormat.of().formatHex(value) + " at host offset " + at, wrong);
    }
  }

  private static Iterable<byte[]> extremes(int width) {
    Map<String, byte[]> different = new LinkedHashMap<>();
    for (byte[] value : candidates(width)) {
      different.put(HexFormat.of().formatHex(value), value);
    }
    return different.values();
  }

  private static byte[][] candidates(int width) {
    byte[] zero = new byte[width];
    byte[] max = new byte[width];
    Arrays.fill(max, (byte) 0xff);
    byte[] firstOne = new byte[width];
    firstOne[0] = 1;
    byte[] lastOne = new byte[width];
    lastOne[width - 1] = 1;
    byte[] firstSign = new byte[width];
    firstSign[0] = (byte) 0x80;
    byte[] lastSign = new byte[width];
    lastSign[width - 1] = (byte) 0x80;
    byte[] maxSignedBig = max.clone();
    maxSignedBig[0] = 0x7f;
    byte[] maxSignedLittle = max.clone();
    maxSignedLittle[width - 1] = 0x7f;
    byte[] nearMax = max.clone();
    nearMax[0] &= (byte) 0xfe;
    return new byte[][] {
      zero, max, firstOne, lastOne, firstSign, lastSign, maxSignedBig, maxSignedLittle, nearMax
    };
  }

  /** Opens the start of an array for every purpose, then maps and reads; bounded, or fails. */
  static void openAndWalk(ImageFormat format, byte[] file, int length) {
    long cpu = THREADS.getCurrentThreadCpuTime();
    long allocated = THREADS.getCurrentThreadAllocatedBytes();
    for (Purpose purpose : new Purpose[] {Purpose.INFO, Purpose.READ}) {
      try (DiskImage image =
          format.open(new BytesImageInput("hostile", file, length), OpenOptions.of(purpose))) {
        assertThat(THREADS.getCurrentThreadAllocatedBytes() - allocated)
            .as("bytes allocated for opening")
            .isLessThan(MAX_ALLOCATED);
        image.allocation(new IoCounters());
        image.references(new IoCounters());
        image.parents(new IoCounters());
        image.bitmaps(new IoCounters());
        walk(image);
      } catch (ImageException typed) {
        assertThat(typed.location()).isEqualTo("hostile");
      } catch (IOException other) {
        throw new AssertionError("an array cannot fail", other);
      }
    }
    assertThat(THREADS.getCurrentThreadCpuTime() - cpu)
        .as("nanoseconds of CPU")
        .isLessThan(MAX_CPU_NANOS);
  }

  private static void walk(DiskImage image) throws IOException {
    long size = image.virtualSize();
    assertThat(size).isNotNegative();
    ExtentCursor runs = image.extents(0, size, new IoCounters());
    for (int i = 0; i < RUNS && runs.next(); i++) {
      if (runs.length() <= 0) {
        throw new AssertionError("a run of " + runs.length() + " bytes at " + runs.offset());
      }
    }
    int length = (int) Math.min(READ_BYTES, size);
    byte[] target = new byte[length];
    try (ImageContent content = new ImageContent(image, new IoCounters())) {
      content.read(0, target, 0, length);
      content.read(size - length, target, 0, length);
      content.read((size - length) / 2, target, 0, length);
    }
  }

  /**
   * Whether the start of a file opens and reads other bytes than the guest's or zeros. A refusal is
   * no difference.
   */
  static boolean differsFrom(ImageFormat format, byte[] file, int length, byte[] guest) {
    try (DiskImage image =
            format.open(
                new BytesImageInput("truncated", file, length), OpenOptions.of(Purpose.READ));
        ImageContent content = new ImageContent(image, new IoCounters())) {
      byte[] read = new byte[(int) Math.min(guest.length, image.virtualSize())];
      content.read(0, read, 0, read.length);
      if (Arrays.mismatch(read, Arrays.copyOf(guest, read.length)) < 0) {
        return false;
      }
      for (int i = 0; i < read.length; i++) {
        if (read[i] != 0 && read[i] != guest[i]) {
          return true;
        }
      }
      return false;
    } catch (ImageException typed) {
      return false;
    } catch (IOException other) {
      throw new AssertionError("an array cannot fail", other);
    }
  }
}
