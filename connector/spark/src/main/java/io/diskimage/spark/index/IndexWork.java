package io.diskimage.spark.index;

import io.diskimage.spark.plan.ImageFile;
import java.io.Serializable;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What one task of a build does.
 *
 * @param carried files whose rows the index before has
 * @param opened files that are opened
 * @param listedAt when the files were listed, or before, in milliseconds since the epoch
 */
public record IndexWork(List<Carried> carried, List<ImageFile> opened, long listedAt)
    implements Serializable {
  /** Some file systems have no finer times. */
  private static final long SECOND = TimeUnit.SECONDS.toMillis(1);

  /** The clock of a local file system may tick as seldom. */
  private static final long TICK = 20;

  /**
   * Files of one part of the index before.
   *
   * @param known where their rows are
   * @param files in the same order
   */
  public record Carried(KnownFiles known, List<ImageFile> files) implements Serializable {}

  /**
   * Whether a change of the file after it was listed must show: by its ETag, or by its modification
   * time, if that had been long enough ago.
   */
  public boolean tellsChanges(ImageFile file) {
    if (file.etag() != null) {
      return true;
    }
    long modified = file.modificationTime();
    long unit = modified % SECOND == 0 ? SECOND : TICK;
    return modified > 0 && modified + unit <= listedAt;
  }
}
