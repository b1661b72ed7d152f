package io.diskimage.spark.io;

import io.diskimage.format.ImageChangedException;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.ReadAdvice;
import io.diskimage.spark.plan.ImageFile;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options.OpenFileOptions;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.util.functional.FutureIO;

/**
 * A file of a Hadoop file system. A stream answers one request at a time, as most stores' streams
 * lock themselves: as many are open as requests ever ran at once, up to a bound.
 */
final class HadoopImageInput implements ImageInput {
  private static final int MAX_STREAMS = 16;

  /** Position of a request that follows no other. */
  private static final long ANYWHERE = -1;

  private static final Set<String> OBJECT_STORES =
      Set.of(
          "s3a", "s3n", "s3", "abfs", "abfss", "wasb", "wasbs", "adl", "gs", "oss", "cosn", "obs",
          "swift");

  private final ImageFile file;
  private final FileSystem fileSystem;
  private final Path path;
  private final FileStatus status;
  private final ReadAdvice advice;
  private final Deque<HadoopStream> idle = new ArrayDeque<>();
  private int streams;
  private boolean closed;

  private HadoopImageInput(ImageFile file, FileSystem fileSystem, Path path, FileStatus status) {
    this.file = file;
    this.fileSystem = fileSystem;
    this.path = path;
    this.status = status;
    String scheme = path.toUri().getScheme().toLowerCase(Locale.ROOT);
    this.advice = OBJECT_STORES.contains(scheme) ? ReadAdvice.OBJECT_STORE : ReadAdvice.REMOTE;
  }

  static HadoopImageInput open(ImageFile file, Configuration conf) throws IOException {
    Path path = new Path(file.path());
    FileSystem fileSystem = path.getFileSystem(conf);
    Optional<FileStatus> known = S3aStatus.of(file, path, fileSystem);
    FileStatus status = known.isPresent() ? known.get() : unchanged(file, fileSystem, path);
    HadoopImageInput input = new HadoopImageInput(file, fileSystem, path, status);
    input.giveBack(input.borrow(ANYWHERE));
    return input;
  }

  private static FileStatus unchanged(ImageFile file, FileSystem fileSystem, Path path)
      throws IOException {
    FileStatus status;
    try {
      status = fileSystem.getFileStatus(path);
    } catch (IOException failure) {
      throw StoreFailure.of(file, ImageException.NO_OFFSET, failure);
    }
    ImageFile now = ImageFile.of(file.path(), status);
    if (!file.isStill(now)) {
      throw ImageInputs.changed(file, now);
    }
    return status;
  }

  @Override
  public String location() {
    return file.path();
  }

  @Override
  public long length() {
    return file.length();
  }

  @Override
  public long modificationTime() {
    return file.modificationTime();
  }

  @Override
  public ReadAdvice advice() {
    return advice;
  }

  @Override
  public int read(long position, ByteBuffer target) throws IOException {
    int wanted = (int) Math.min(target.remaining(), Math.max(0, file.length() - position));
    if (wanted == 0) {
      return 0;
    }
    return request(
        position,
        ANYWHERE,
        wanted,
        stream -> {
          if (target.hasArray()) {
            int start = target.position();
            stream.read(position, target.array(), target.arrayOffset() + start, wanted);
            target.position(start + wanted);
          } else {
            byte[] copy = new byte[wanted];
            stream.read(position, copy, 0, wanted);
            target.put(copy);
          }
        });
  }

  @Override
  public int read(long position, ByteBuffer[] targets) throws IOException {
    long room = 0;
    for (ByteBuffer target : targets) {
      room += target.remaining();
    }
    int wanted = (int) Math.min(room, Math.max(0, file.length() - position));
    return request(position, position, wanted, stream -> stream.read(position, wanted, targets));
  }

  private interface Request {
    void run(HadoopStream stream) throws IOException;
  }

  private int request(long position, long follows, int wanted, Request request) throws IOException {
    if (wanted == 0) {
      return 0;
    }
    HadoopStream stream = borrow(follows);
    try {
      request.run(stream);
    } catch (IOException failure) {
      drop(stream, failure);
      throw reason(failure, position);
    } catch (RuntimeException failure) {
      drop(stream, failure);
      throw failure;
    }
    giveBack(stream);
    return wanted;
  }

  /** Users that are in the midst of a sequence lose time by it, nothing else. */
  @Override
  public void rest() {
    synchronized (idle) {
      idle.forEach(HadoopStream::rest);
    }
  }

  @Override
  public void requireUnchanged() throws IOException {
    var unused = unchanged(file, fileSystem, path);
  }

  /** A file that was replaced fails in many ways. */
  private IOException reason(IOException failure, long position) {
    IOException reason = StoreFailure.of(file, position, failure);
    if (reason instanceof ImageException || reason instanceof InterruptedIOException) {
      return reason;
    }
    try {
      requireUnchanged();
    } catch (ImageChangedException changed) {
      changed.addSuppressed(failure);
      return changed;
    } catch (IOException unknown) {
      reason.addSuppressed(unknown);
    }
    return reason;
  }

  /** The stream that a request follows on, else the one whose sequence is the oldest. */
  private HadoopStream borrow(long position) throws IOException {
    synchronized (idle) {
      while (idle.isEmpty() && streams == MAX_STREAMS && !closed) {
        awaitStream();
      }
      if (closed) {
        throw new IOException(file.path() + ": the image is closed");
      }
      if (!idle.isEmpty()) {
        HadoopStream best = idle.getLast();
        for (HadoopStream stream : idle) {
          best = stream.continuesAt(position) ? stream : best;
        }
        idle.remove(best);
        return best;
      }
      streams++;
    }
    HadoopStream stream = null;
    try {
      stream =
          new HadoopStream(openStream(), file.length(), advice.equals(ReadAdvice.OBJECT_STORE));
      return stream;
    } finally {
      if (stream == null) {
        forget();
      }
    }
  }

  private void awaitStream() throws InterruptedIOException {
    try {
      idle.wait();
    } catch (InterruptedException interruption) {
      Thread.currentThread().interrupt();
      InterruptedIOException failure = new InterruptedIOException("waiting for " + file.path());
      failure.initCause(interruption);
      throw failure;
    }
  }

  /** With what is known already, which saves object stores a request. */
  private FSDataInputStream openStream() throws IOException {
    try {
      return FutureIO.awaitFuture(
          fileSystem
              .openFile(path)
              .opt(
                  OpenFileOptions.FS_OPTION_OPENFILE_READ_POLICY,
                  OpenFileOptions.FS_OPTION_OPENFILE_READ_POLICY_RANDOM)
              .opt(OpenFileOptions.FS_OPTION_OPENFILE_LENGTH, Long.toString(file.length()))
              .withFileStatus(status)
              .build());
    } catch (IOException failure) {
      throw StoreFailure.of(file, ImageException.NO_OFFSET, failure);
    }
  }

  private void giveBack(HadoopStream stream) throws IOException {
    synchronized (idle) {
      if (!closed) {
        idle.push(stream);
        idle.notify();
        return;
      }
    }
    stream.close();
  }

  /** A stream that failed may be broken for good. */
  private void drop(HadoopStream stream, Exception reason) {
    forget();
    try {
      stream.close();
    } catch (IOException failure) {
      reason.addSuppressed(failure);
    }
  }

  private void forget() {
    synchronized (idle) {
      streams--;
      idle.notify();
    }
  }

  /** Streams that are answering a request close when they are done. */
  @Override
  public void close() throws IOException {
    IOException failure = null;
    synchronized (idle) {
      closed = true;
      idle.notifyAll();
      for (HadoopStream stream : idle) {
        try {
          stream.close();
        } catch (IOException e) {
          if (failure == null) {
            failure = e;
          } else {
            failure.addSuppressed(e);
          }
        }
      }
      idle.clear();
    }
    if (failure != null) {
      throw failure;
    }
  }
}
