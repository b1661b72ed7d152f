package io.diskimage.format.check;

import io.diskimage.format.Limits;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import java.util.Objects;
import java.util.function.BooleanSupplier;

/**
 * How to check an image.
 *
 * @param level how deep
 * @param failFast stop at the first finding of severity corruption or error
 * @param memoryBudget bytes that counting may take; an image that needs more is read in several
 *     passes, with the same result
 * @param open how the image is opened: limits, among them that of the findings that are listed per
 *     kind, format options, counters of what is read
 * @param cancelled asked often; a check that is cancelled throws {@link
 *     java.util.concurrent.CancellationException}
 * @param progress told how far the check is
 */
public record CheckOptions(
    CheckLevel level,
    boolean failFast,
    long memoryBudget,
    OpenOptions open,
    BooleanSupplier cancelled,
    Progress progress) {

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
    if (memoryBudget < 1) {
      throw new IllegalArgumentException("memoryBudget " + memoryBudget);
    }
  }

  /** Defaults: everything is looked at, nobody cancels. */
  public static CheckOptions of(CheckLevel level) {
    return new CheckOptions(
        level,
        false,
        DEFAULT_MEMORY_BUDGET,
        OpenOptions.of(Purpose.CHECK),
        () -> false,
        (part, done, total) -> {});
  }

  public CheckOptions withFailFast() {
    return new CheckOptions(level, true, memoryBudget, open, cancelled, progress);
  }

  /** With another {@link Limits#findings()}. */
  public CheckOptions withMaxFindings(int rows) {
    return withOpen(open.withLimits(open.limits().withFindings(rows)));
  }

  /** Findings listed per kind; the rest is one row with their count. */
  public int maxFindings() {
    return open.limits().findings();
  }

  public CheckOptions withMemoryBudget(long bytes) {
    return new CheckOptions(level, failFast, bytes, open, cancelled, progress);
  }

  public CheckOptions withOpen(OpenOptions options) {
    return new CheckOptions(level, failFast, memoryBudget, options, cancelled, progress);
  }

  public CheckOptions withCancelled(BooleanSupplier asked) {
    return new CheckOptions(level, failFast, memoryBudget, open, asked, progress);
  }

  public CheckOptions withProgress(Progress listener) {
    return new CheckOptions(level, failFast, memoryBudget, open, cancelled, listener);
  }
}
