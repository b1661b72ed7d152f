package io.diskimage.format.check;

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
      check.check(run);
      if (options.level() == CheckLevel.FULL) {
        run.part("data", () -> StoredBytes.read(run));
      }
      input.requireUnchanged();
      return run.report(format.name(), true);
    } catch (CheckRun.Stop stop) {
      return run.report(format.name(), false);
    } catch (ClosedByInterruptException | InterruptedIOException interrupted) {
      throw interrupted;
    } catch (IOException error) {
      return refused(run, format.name(), error);
    }
  }

  /**
   * The report on a file that could not be opened, or that is of no known format.
   *
   * @param format nullable
   */
  public static CheckReport refused(
      String format, ImageInput input, IOException error, CheckOptions options) {
    return refused(new CheckRun(input, options), format, error);
  }

  private static CheckReport refused(CheckRun run, String format, IOException error) {
    try {
      return run.refused(format, error);
    } catch (CheckRun.Stop stop) {
      return run.report(format, false);
    }
  }

  private static Optional<FormatCheck> byFormat(String name) {
    return ALL.stream().filter(check -> check.format().equals(name)).findFirst();
  }
}
