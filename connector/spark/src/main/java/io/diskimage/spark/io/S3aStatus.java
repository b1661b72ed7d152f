package io.diskimage.spark.io;

import io.diskimage.spark.plan.ImageFile;
import java.util.Optional;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The status of a listed object in S3A's own type. Only of that S3A takes the ETag, which it then
 * sends with each request, so that S3 itself refuses to read another object. The type is looked up
 * where the file system comes from: {@code hadoop-aws} need not be there, or where this jar is.
 */
final class S3aStatus {
  private static final String PACKAGE = "org.apache.hadoop.fs.s3a.";

  private S3aStatus() {}

  /**
   * Nothing where the file system is another, the object was listed without ETag, or S3A is a
   * release whose type is made otherwise.
   */
  static Optional<FileStatus> of(ImageFile file, Path path, FileSystem fileSystem) {
    Class<?> type = fileSystem.getClass();
    if (file.etag() == null || !type.getName().equals(PACKAGE + "S3AFileSystem")) {
      return Optional.empty();
    }
    try {
      Object status =
          Class.forName(PACKAGE + "S3AFileStatus", true, type.getClassLoader())
              .getConstructor(
                  long.class,
                  long.class,
                  Path.class,
                  long.class,
                  String.class,
                  String.class,
                  String.class)
              .newInstance(
                  file.length(),
                  file.modificationTime(),
                  path,
                  fileSystem.getDefaultBlockSize(path),
                  "",
                  file.etag(),
                  null);
      return Optional.of((FileStatus) status);
    } catch (ReflectiveOperationException anotherRelease) {
      // Its streams go without the ETag then; the file is asked for when it is opened, as
      // elsewhere.
      return Optional.empty();
    }
  }
}
