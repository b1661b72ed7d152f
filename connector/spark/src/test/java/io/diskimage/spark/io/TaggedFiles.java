package io.diskimage.spark.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import org.apache.hadoop.fs.EtagSource;
import org.apache.hadoop.fs.FileStatus;

/** Local files under another scheme that have a checksum of their content as ETag. */
public final class TaggedFiles extends RemoteFiles {

  @Override
  public FileStatus getFileStatus(org.apache.hadoop.fs.Path path) throws IOException {
    FileStatus status = super.getFileStatus(path);
    return status.isFile() ? new TaggedStatus(status) : status;
  }

  private static final class TaggedStatus extends FileStatus implements EtagSource {
    private static final long serialVersionUID = 1L;

    private final String etag;

    TaggedStatus(FileStatus status) throws IOException {
      super(
          status.getLen(),
          false,
          1,
          status.getBlockSize(),
          status.getModificationTime(),
          status.getPath());
      CRC32 checksum = new CRC32();
      checksum.update(Files.readAllBytes(Path.of(status.getPath().toUri().getPath())));
      this.etag = Long.toHexString(checksum.getValue());
    }

    @Override
    public String getEtag() {
      return etag;
    }
  }
}
