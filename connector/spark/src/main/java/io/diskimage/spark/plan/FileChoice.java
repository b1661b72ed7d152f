package io.diskimage.spark.plan;

import io.diskimage.spark.options.ListingOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.GlobFilter;

/** Which files of a listing are taken, by name and time. */
final class FileChoice {
  private final ListingOptions options;
  private final GlobFilter names;

  FileChoice(ListingOptions options) {
    this.options = options;
    try {
      this.names = options.nameGlob() == null ? null : new GlobFilter(options.nameGlob());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Names that Spark's sources skip too; unless the path given names the file itself. */
  static boolean isHidden(String name) {
    return name.startsWith("_") || name.startsWith(".");
  }

  boolean takes(FileStatus file) {
    long modified = TimeUnit.MILLISECONDS.toMicros(file.getModificationTime());
    return (names == null || names.accept(file.getPath()))
        && (options.modifiedBefore() == null || modified < options.modifiedBefore())
        && (options.modifiedAfter() == null || modified > options.modifiedAfter());
  }
}
