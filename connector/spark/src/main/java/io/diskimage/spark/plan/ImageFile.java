package io.diskimage.spark.plan;

import java.io.Serializable;
import org.apache.hadoop.fs.EtagSource;
import org.apache.hadoop.fs.FileStatus;

/**
 * A file as the driver listed it; the driver never opens it.
 *
 * @param path Hadoop's qualified path in the form of {@code Path.toString()}, the value of the
 *     column {@code path}
 * @param length bytes
 * @param modificationTime milliseconds since the epoch
 * @param etag what an object store names this content of the file by; null where there is none
 */
public record ImageFile(String path, long length, long modificationTime, String etag)
    implements Serializable {

  /** A file of a store without ETags. */
  public ImageFile(String path, long length, long modificationTime) {
    this(path, length, modificationTime, null);
  }

  /** The file of a path as a store shows it. */
  public static ImageFile of(String path, FileStatus status) {
    String etag = status instanceof EtagSource source ? source.getEtag() : null;
    return new ImageFile(
        path,
        status.getLen(),
        status.getModificationTime(),
        etag == null || etag.isEmpty() ? null : etag);
  }

  /**
   * Whether the file has the content that it was listed with, as far as a later look tells. ETags
   * decide where both are known: of the time, some stores list milliseconds and later show seconds.
   */
  public boolean isStill(ImageFile now) {
    boolean tagged = etag != null && now.etag != null;
    boolean same = tagged ? etag.equals(now.etag) : modificationTime == now.modificationTime;
    return same && length == now.length;
  }
}
