package io.diskimage.spark.cache;

import io.diskimage.spark.plan.ImageFile;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * Formats that files were found to be of. With them an image is the same image whether somebody
 * named its format or not: one that is read by itself and as a layer below others is opened once.
 */
public final class KnownFormats {
  private static final int MAX_FILES = 4096;
  private static final int STRIPES = 64;

  private final Map<Key, String> formats = new LinkedHashMap<>(16, 0.75f, true);
  private final Lock[] detecting =
      Stream.generate(ReentrantLock::new).limit(STRIPES).toArray(Lock[]::new);

  private record Key(ImageFile file, boolean probeFooter) {}

  /** Finds the format of a file by its content. */
  @FunctionalInterface
  public interface Detector {
    String detect() throws IOException;
  }

  KnownFormats() {}

  /**
   * The format of a file, found now unless it is known.
   *
   * @param probeFooter part of how it is found
   * @param detector called by one thread for a file, while others that ask wait
   * @throws IOException what the detector threw; that is not kept
   */
  public String of(ImageFile file, boolean probeFooter, Detector detector) throws IOException {
    Key key = new Key(file, probeFooter);
    String known = get(key);
    if (known != null) {
      return known;
    }
    Lock lock = detecting[Math.floorMod(key.hashCode(), STRIPES)];
    try {
      lock.lockInterruptibly();
    } catch (InterruptedException interruption) {
      Thread.currentThread().interrupt();
      InterruptedIOException failure = new InterruptedIOException("waiting for " + file.path());
      failure.initCause(interruption);
      throw failure;
    }
    try {
      known = get(key);
      if (known == null) {
        known = detector.detect();
        put(key, known);
      }
      return known;
    } finally {
      lock.unlock();
    }
  }

  private synchronized String get(Key key) {
    return formats.get(key);
  }

  private synchronized void put(Key key, String format) {
    formats.put(key, format);
    if (formats.size() > MAX_FILES) {
      formats.remove(formats.keySet().iterator().next());
    }
  }

  synchronized void clear() {
    formats.clear();
  }
}
