package io.diskimage.format.check;

import io.diskimage.format.ImageChangedException;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.UnsupportedImageException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CancellationException;

/**
 * One check under way: what is checked, how, and where findings go. Every counter follows from the
 * findings; only the statistics are set. Not thread-safe.
 */
public final class CheckRun {
  private final ImageInput input;
  private final CheckOptions options;
  private final FindingList findings;
  private final Part root = new Part("", "");
  private final Deque<Part> parts = new ArrayDeque<>();
  private long checkErrors;
  private long corruptions;
  private long leaks;
  private long beyondCorruptions;
  private long beyondLeaks;
  private long reclaimable;
  private Long imageEndOffset;
  private Long totalClusters;
  private Long allocatedClusters;
  private Long fragmentedClusters;
  private Long compressedClusters;

  /** The work of a part. */
  @FunctionalInterface
  public interface Body {
    void run() throws IOException;
  }

  /** A part under way. */
  private static final class Part {
    private final String name;
    private final String path;
    private final Map<String, Part> within = new LinkedHashMap<>();
    private long findings;
    private IOException error;

    private Part(String name, String path) {
      this.name = name;
      this.path = path;
    }

    private PartReport report() {
      return new PartReport(
          name, findings, error, within.values().stream().map(Part::report).toList());
    }
  }

  /** Ends a check that was told to stop at the first serious finding. */
  static final class Stop extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Stop() {
      super(null, null, false, false);
    }
  }

  CheckRun(ImageInput input, CheckOptions options) {
    this.input = input;
    this.options = options;
    this.findings = new FindingList(options.maxFindings());
    parts.push(root);
  }

  /** The file; a check does not close it. */
  public ImageInput input() {
    return input;
  }

  /** How the image is opened; its purpose is CHECK. */
  public OpenOptions open() {
    return options.open();
  }

  /** Counts what the check reads. */
  public IoCounters io() {
    return options.open().io();
  }

  /** Whether findings of a level are asked for. */
  public boolean reaches(CheckLevel level) {
    return options.level().compareTo(level) >= 0;
  }

  /** Bytes that counting may take. */
  public long memoryBudget() {
    return options.memoryBudget();
  }

  /** Findings that are listed per kind; keeping more of them is in vain. */
  public int maxFindings() {
    return options.maxFindings();
  }

  /**
   * Carries out a part of the check. What makes it fail is noted, with a finding, and does not keep
   * the parts behind it from being carried out. A part that is entered again goes on.
   *
   * @param name of the part within the one around it
   * @throws ImageChangedException if the file changed under the check, which ends it
   */
  public void part(String name, Body body) throws IOException {
    Part around = parts.element();
    Part part =
        around.within.computeIfAbsent(
            name, one -> new Part(one, around.path.isEmpty() ? one : around.path + "/" + one));
    parts.push(part);
    try {
      body.run();
    } catch (ImageChangedException | ClosedByInterruptException | InterruptedIOException ends) {
      throw ends;
    } catch (IOException failure) {
      part.error = failure;
      find(
          Finding.of(FindingKind.PART_UNREADABLE)
              .says("%s could not be checked: %s", part.path, failure.getMessage()));
    } finally {
      parts.pop();
    }
  }

  /** Takes a finding of the part under way. */
  public void find(Finding.Draft draft) {
    note(draft);
    if (options.failFast() && isSerious(draft.kind.severity())) {
      throw new Stop();
    }
  }

  private void note(Finding.Draft draft) {
    Part part = parts.element();
    part.findings += draft.count;
    reclaimable += draft.reclaimable;
    boolean beyond = draft.kind.scope() == Scope.BEYOND;
    switch (draft.kind.severity()) {
      case CORRUPTION -> {
        if (beyond) {
          beyondCorruptions += draft.count;
        } else {
          corruptions += draft.count;
        }
      }
      case LEAK -> {
        if (beyond) {
          beyondLeaks += draft.count;
        } else {
          leaks += draft.count;
        }
      }
      case ERROR -> checkErrors += draft.count;
      case WARNING, INFO -> {}
    }
    findings.add(part.path, draft);
  }

  private static boolean isSerious(Severity severity) {
    return severity == Severity.CORRUPTION || severity == Severity.ERROR;
  }

  /**
   * Tells how far the part under way is; call it at least every few megabytes read.
   *
   * @throws CancellationException if the check was cancelled
   */
  public void progress(long done, long total) {
    if (options.cancelled().getAsBoolean()) {
      throw new CancellationException("check of " + input.location() + " was cancelled");
    }
    options.progress().at(parts.element().path, done, total);
  }

  /** Sets the end of the used part of the file, in bytes. */
  public void imageEndOffset(long offset) {
    imageEndOffset = offset;
  }

  /** Sets the statistics of the active disk, in clusters. */
  public void statistics(long total, long allocated, long fragmented, long compressed) {
    totalClusters = total;
    allocatedClusters = allocated;
    fragmentedClusters = fragmented;
    compressedClusters = compressed;
  }

  /** The report of a check that came to its end, or stopped where it was told to. */
  CheckReport report(String format, boolean complete) {
    return report(format, null, counters(), complete);
  }

  /** The report of an image that could not be checked. */
  CheckReport refused(String format, IOException error) {
    boolean changed = error instanceof ImageChangedException;
    if (changed) {
      // What was found is of no state that the file ever had.
      findings.clear();
      reclaimable = 0;
    }
    String reason = error instanceof ImageException image ? image.detail() : error.getMessage();
    note(
        Finding.of(changed ? FindingKind.IMAGE_CHANGED : FindingKind.IMAGE_REFUSED)
            .says("%s", reason));
    return report(format, error, changed ? null : countersOfRefused(), true);
  }

  private CheckReport report(
      String format, IOException error, CheckCounters counters, boolean complete) {
    return new CheckReport(
        format,
        options.level(),
        verdict(error),
        counters,
        reclaimable,
        findings.findings(),
        root.report(),
        error,
        complete);
  }

  /** A format whose check looks at what opening refuses has counted something. */
  private CheckCounters countersOfRefused() {
    return corruptions + leaks + beyondCorruptions + beyondLeaks > 0 ? counters() : null;
  }

  private CheckCounters counters() {
    return new CheckCounters(
        checkErrors,
        corruptions,
        leaks,
        beyondCorruptions,
        beyondLeaks,
        imageEndOffset,
        totalClusters,
        allocatedClusters,
        fragmentedClusters,
        compressedClusters);
  }

  private Verdict verdict(IOException error) {
    if (error instanceof ImageChangedException) {
      return Verdict.UNSTABLE;
    }
    if (error instanceof UnsupportedImageException) {
      return Verdict.UNSUPPORTED;
    }
    if (corruptions + beyondCorruptions > 0) {
      return Verdict.CORRUPT;
    }
    if (error != null || checkErrors > 0) {
      return Verdict.UNREADABLE;
    }
    return leaks + beyondLeaks > 0 ? Verdict.LEAKS : Verdict.CLEAN;
  }
}
