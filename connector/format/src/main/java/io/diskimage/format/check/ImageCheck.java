package io.diskimage.format.check;

import io.diskimage.format.ImageChangedException;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageFormat;
import io.diskimage.format.ImageInput;
import io.diskimage.format.UnsupportedImageException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * Checks images. Whatever is wrong with an image or its disk is in the report; a check writes
 * nothing and opens no other file.
 */
public final class ImageCheck {
  // As for formats, the class loader that the interface came with, never the thread's.
  private static final List<FormatCheck> ALL =
      ServiceLoader.load(FormatCheck.class, FormatCheck.class.getClassLoader()).stream()
          .map(ServiceLoader.Provider::get)
          .toList();

  private ImageCheck() {}

  /**
   * Checks an image of a known format.
   *
   * @param input left open
   * @throws IOException only if the thread was interrupted
   * @throws java.util.concurrent.CancellationException if the check was cancelled
   */
  public static CheckReport of(ImageFormat format, ImageInput input, CheckOptions options)
      throws IOException {
    CheckRun run = new CheckRun(input, options);
    try {
      FormatCheck check =
          byFormat(format.name())
              .orElseThrow(
                  () ->
                      new UnsupportedImageException(
                          input.location(),
                          ImageException.NO_OFFSET,
                          "This image format does not support checks"));
      boolean complete = carryOut(check, run);
      input.requireUnchanged();
      return run.report(format.name(), complete);
    } catch (ClosedByInterruptException | InterruptedIOException interrupted) {
      throw interrupted;
    } catch (IOException error) {
      return refused(run, format.name(), error);
    }
  }

  /** Returns false if the check stopped at the first serious finding. */
  private static boolean carryOut(FormatCheck check, CheckRun run) throws IOException {
    try {
      check.check(run);
      if (run.reaches(CheckLevel.FULL)) {
        run.part("data", () -> StoredBytes.read(run));
      }
      return true;
    } catch (CheckRun.Stop stop) {
      return false;
    }
  }

  /**
   * The report on a file that could not be opened, or that is of no known format.
   *
   * @param format nullable
   * @param input nullable: null if it could not be opened
   * @throws IOException only if the thread was interrupted
   */
  public static CheckReport refused(
      String format, ImageInput input, IOException error, CheckOptions options) throws IOException {
    return refused(new CheckRun(input, options), format, error);
  }

  private static CheckReport refused(CheckRun run, String format, IOException error)
      throws IOException {
    return run.refused(format, reason(run.input(), error));
  }

  /** What is wrong with a file that changed under the check is that it changed. */
  private static IOException reason(ImageInput input, IOException error) throws IOException {
    if (input == null || error instanceof ImageChangedException) {
      return error;
    }
    try {
      input.requireUnchanged();
    } catch (ClosedByInterruptException | InterruptedIOException interrupted) {
      throw interrupted;
    } catch (ImageChangedException changed) {
      changed.addSuppressed(error);
      return changed;
    } catch (IOException unknown) {
      error.addSuppressed(unknown);
    }
    return error;
  }

  private static Optional<FormatCheck> byFormat(String name) {
    return ALL.stream().filter(check -> check.format().equals(name)).findFirst();
  }
}
