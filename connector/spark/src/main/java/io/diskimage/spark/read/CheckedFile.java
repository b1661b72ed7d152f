package io.diskimage.spark.read;

import io.diskimage.format.ImageFormat;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckOptions;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.ImageCheck;
import io.diskimage.format.check.Verdict;
import io.diskimage.spark.io.ImageInputs;
import io.diskimage.spark.metrics.ScanMetric;
import io.diskimage.spark.plan.ImageFile;
import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.CancellationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file open for its check, or the reason why it cannot be. */
final class CheckedFile implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(CheckedFile.class);

  private final TaskScan scan;
  private final ImageFile file;
  private WatchedInput input;
  private ImageFormat format;
  private IOException failure;

  private CheckedFile(TaskScan scan, ImageFile file) {
    this.scan = scan;
    this.file = file;
  }

  /**
   * Opens a listed file and finds its format.
   *
   * @throws IOException only if another attempt could do better
   */
  static CheckedFile open(TaskScan scan, ImageFile file) throws IOException {
    CheckedFile opened = new CheckedFile(scan, file);
    boolean handedOut = false;
    try {
      opened.recognise();
      handedOut = true;
      return opened;
    } finally {
      if (!handedOut) {
        opened.close();
      }
    }
  }

  private void recognise() throws IOException {
    long start = System.nanoTime();
    try {
      input = new WatchedInput(ImageInputs.open(file, scan.spec().hadoopConf().value()));
      format = scan.formatOf(input);
      scan.count(ScanMetric.IMAGES_OPENED, 1);
    } catch (IOException unreadable) {
      TaskAttempts.rethrowPassing(file.path(), unreadable);
      failure = unreadable;
    } finally {
      scan.count(ScanMetric.WAIT_TIME, System.nanoTime() - start);
    }
  }

  /** Driver name, or null if no format recognised the file. */
  String format() {
    return format == null ? null : format.name();
  }

  /**
   * Checks the image.
   *
   * @throws IOException only if another attempt could do better
   */
  CheckReport check(CheckLevel level, int maxFindings) throws IOException {
    CheckOptions options =
        CheckOptions.of(level)
            .withMemoryBudget(CheckMemory.ofTask())
            .withOpen(
                OpenOptions.of(Purpose.CHECK)
                    .withLimits(scan.options().limits().withFindings(maxFindings))
                    .withFormatOptions(scan.options().formatOptions())
                    .withIo(scan.io()))
            .withCancelled(scan::isKilled);
    CheckReport report;
    try {
      report =
          failure == null
              ? ImageCheck.of(format, input, options)
              : ImageCheck.refused(null, input, failure, options);
    } catch (CancellationException cancelled) {
      scan.checkKilled();
      throw cancelled;
    }
    if (input != null && input.failure() != null) {
      TaskAttempts.rethrowPassing(file.path(), input.failure());
    }
    if (report.error() != null && report.verdict() != Verdict.UNSUPPORTED) {
      scan.noteFailure(file, report.error());
    }
    return report;
  }

  /** Nothing depends on it any more when it closes. */
  @Override
  public void close() {
    if (input == null) {
      return;
    }
    try {
      input.close();
    } catch (IOException unclosed) {
      LOG.warn("{} does not close", file.path(), unclosed);
    }
  }
}
