package io.diskimage.format.check;

import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import java.util.Objects;
import java.util.function.BooleanSupplier;

/**
 * How to check an image.
 *
 * @param level how deep
 * @param failFast stop at the first finding of severity corruption or error
 * @param maxFindings findings listed per kind; the rest is one row with their count
 * @param memoryBudget bytes that counting may take; an image that needs more is read in several
 *     passes, with the same result
 * @param open how the image is opened: limits, format options, counters of what is read
 * @param cancelled asked often; a check that is cancelled throws {@link
 *     java.util.concurrent.CancellationException}
 * @param progress told how far the check is
 */
public record CheckOptions(
    CheckLevel level,
    boolean failFast,
    int maxFindings,
    long memoryBudget,
    OpenOptions open,
    BooleanSupplier cancelled,
    Progress progress) {

  public static final int DEFAULT_MAX_FINDINGS = 1000;
  public static final long DEFAULT_MEMORY_BUDGET = 256L << 20;

  /** Hears how far a check is. */
  @FunctionalInterface
  public interface Progress {
    /**
     * A step was done.
     *
     * @param part of the check
     * @param done units of the part's own that are done
     * @param total of them; may grow
     */
    void at(String part, long done, long total);
  }

  public CheckOptions {
    Objects.requireNonNull(level, "level");
    Objects.requireNonNull(open, "open");
    Objects.requireNonNull(cancelled, "cancelled");
    Objects.requireNonNull(progress, "progress");
    if (maxFindings < 0) {
      throw new IllegalArgumentException("maxFindings " + maxFindings);
    }
    if (memoryBudget < 1) {
      throw new IllegalArgumentException("memoryBudget " + memoryBudget);
    }
  }

  /** Defaults: everything is looked at, nobody cancels. */
  public static CheckOptions of(CheckLevel level) {
    return new CheckOptions(
        level,
        false,
        DEFAULT_MAX_FINDINGS,
        DEFAULT_MEMORY_BUDGET,
        OpenOptions.of(Purpose.CHECK),
        () -> false,
        (part, done, total) -> {});
  }

  public CheckOptions withFailFast() {
    return new CheckOptions(level, true, maxFindings, memoryBudget, open, cancelled, progress);
  }

  public CheckOptions withMaxFindings(int rows) {
    return new CheckOptions(level, failFast, rows, memoryBudget, open, cancelled, progress);
  }

  public CheckOptions withMemoryBudget(long bytes) {
    return new CheckOptions(level, failFast, maxFindings, bytes, open, cancelled, progress);
  }

  public CheckOptions withOpen(OpenOptions options) {
    return new CheckOptions(
        level, failFast, maxFindings, memoryBudget, options, cancelled, progress);
  }

  public CheckOptions withCancelled(BooleanSupplier asked) {
    return new CheckOptions(level, failFast, maxFindings, memoryBudget, open, asked, progress);
  }

  public CheckOptions withProgress(Progress listener) {
    return new CheckOptions(level, failFast, maxFindings, memoryBudget, open, cancelled, listener);
  }
}
