package io.diskimage.format.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.ImageException;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.check.CheckCounters;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckOptions;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.ImageCheck;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Holds a check against {@code qemu-img check}. */
public final class CheckAssertions {
  private CheckAssertions() {}

  /**
   * Counters by the names of {@code qemu-img check --output=json}, 0 where there is none: it prints
   * none that are 0.
   */
  public static Map<String, Long> counters(CheckReport report) {
    CheckCounters counters = report.counters();
    Map<String, Long> named = new LinkedHashMap<>();
    named.put("check-errors", counters.checkErrors());
    named.put("corruptions", counters.corruptions());
    named.put("leaks", counters.leaks());
    named.put("image-end-offset", orZero(counters.imageEndOffset()));
    named.put("total-clusters", orZero(counters.totalClusters()));
    named.put("allocated-clusters", orZero(counters.allocatedClusters()));
    named.put("fragmented-clusters", orZero(counters.fragmentedClusters()));
    named.put("compressed-clusters", orZero(counters.compressedClusters()));
    return named;
  }

  private static long orZero(Long counter) {
    return counter == null ? 0 : counter;
  }

  /** The same of what {@code qemu-img} printed. */
  public static Map<String, Long> counters(QemuImg.Check check) {
    Map<String, Long> named = new LinkedHashMap<>();
    for (String name :
        new String[] {
          "check-errors",
          "corruptions",
          "leaks",
          "image-end-offset",
          "total-clusters",
          "allocated-clusters",
          "fragmented-clusters",
          "compressed-clusters"
        }) {
      named.put(name, check.counter(name));
    }
    return named;
  }

  /**
   * Checks a file, and lets {@code qemu-img} check it: both refuse it for the same reason, or count
   * the same.
   */
  public static CheckReport assertSame(String format, Path file) throws IOException {
    CheckReport report = check(format, file);
    QemuImg.Check expected = QemuImg.check(file, format);
    if (expected.json() == null) {
      assertThat(report.error())
          .as(expected.messages())
          .isInstanceOfSatisfying(
              ImageException.class,
              refused -> assertThat(expected.messages()).contains(reason(refused)));
    } else {
      assertThat(report.error()).as("refused").isNull();
      assertThat(counters(report)).as(expected.messages()).isEqualTo(counters(expected));
    }
    return report;
  }

  /** What we say in QEMU's words, without what we add. */
  private static String reason(ImageException refused) {
    int added = refused.detail().indexOf(": differencing");
    return added < 0 ? refused.detail() : refused.detail().substring(0, added);
  }

  /** A check with the defaults, which leaves the file as it is. */
  public static CheckReport check(String format, Path file) throws IOException {
    return check(format, file, CheckOptions.of(CheckLevel.METADATA));
  }

  /** A check, which leaves the file as it is. */
  public static CheckReport check(String format, Path file, CheckOptions options)
      throws IOException {
    return UnchangedFiles.during(
        file,
        () -> {
          try (LocalImageInput input = LocalImageInput.open(file)) {
            return ImageCheck.of(ImageFormats.byName(format).orElseThrow(), input, options);
          }
        });
  }
}
