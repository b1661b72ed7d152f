package io.diskimage.spark.index;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.apache.parquet.io.DelegatingSeekableInputStream;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.apache.parquet.io.SeekableInputStream;

/** Parquet files in memory: parts are small, and read and written as a whole. */
final class ParquetBytes {
  private ParquetBytes() {}

  /**
   * To read.
   *
   * @param content of the file
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Input(byte[] content) implements InputFile {
    @Override
    public long getLength() {
      return content.length;
    }

    @Override
    public SeekableInputStream newStream() {
      return new Seekable(new Positioned(content));
    }

    /** For Parquet's messages. */
    @Override
    public String toString() {
      return "file of " + content.length + " bytes";
    }
  }

  private static final class Positioned extends ByteArrayInputStream {
    Positioned(byte[] content) {
      super(content);
    }

    synchronized int position() {
      return pos;
    }

    synchronized void position(long position) throws IOException {
      if (position < 0 || position > count) {
        throw new IOException("position " + position + " of " + count);
      }
      pos = (int) position;
    }
  }

  private static final class Seekable extends DelegatingSeekableInputStream {
    private final Positioned content;

    Seekable(Positioned content) {
      super(content);
      this.content = content;
    }

    @Override
    public long getPos() {
      return content.position();
    }

    @Override
    public void seek(long position) throws IOException {
      content.position(position);
    }
  }

  /** To write. */
  static final class Output implements OutputFile {
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    byte[] content() {
      return written.toByteArray();
    }

    @Override
    public PositionOutputStream create(long blockSizeHint) {
      return new PositionOutputStream() {
        @Override
        public long getPos() {
          return written.size();
        }

        @Override
        public void write(int value) {
          written.write(value);
        }

        @Override
        public void write(byte[] source, int offset, int length) {
          written.write(source, offset, length);
        }
      };
    }

    @Override
    public PositionOutputStream createOrOverwrite(long blockSizeHint) {
      return create(blockSizeHint);
    }

    @Override
    public boolean supportsBlockSize() {
      return false;
    }

    @Override
    public long defaultBlockSize() {
      return 0;
    }
  }
}
