package io.diskimage.format;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The files that this JVM writes and has locked. POSIX gives up all locks of a process on a file as
 * soon as it closes any of its channels on it. So while a file is locked, channels that readers
 * have done with are kept open, and given to the next readers.
 *
 * <p>Files are known by their {@link java.nio.file.attribute.BasicFileAttributes#fileKey() key},
 * under whatever name they were opened; a system that has no keys does not have these locks either.
 */
final class LockedFiles {

  private static final Map<Object, LockedFile> LOCKED = new ConcurrentHashMap<>();

  /** Held for writing while a file becomes locked or unlocked, for reading while one is closed. */
  private static final ReentrantReadWriteLock CHANGES = new ReentrantReadWriteLock();

  private LockedFiles() {}

  /** A file that one writer of this JVM has. */
  static final class LockedFile {
    private final Object key;
    private final Deque<FileChannel> parked = new ArrayDeque<>();
    private volatile boolean lost;

    private LockedFile(Object key) {
      this.key = key;
    }

    /** Whether the locks may be gone, because the system closed a channel of the file. */
    boolean isLost() {
      return lost;
    }

    private synchronized void park(FileChannel channel) {
      parked.push(channel);
    }

    /** A channel that is still open, or null. */
    private synchronized FileChannel unpark() {
      FileChannel channel = parked.poll();
      while (channel != null && !channel.isOpen()) {
        channel = parked.poll();
      }
      return channel;
    }

    /**
     * Gives up the file.
     *
     * @param writer what holds its locks, or nothing
     */
    void release(List<? extends Closeable> writer) throws IOException {
      CHANGES.writeLock().lock();
      try {
        LOCKED.remove(key, this);
        List<Closeable> open = new ArrayList<>(writer);
        open.addAll(parked);
        Closing.all(open);
      } finally {
        CHANGES.writeLock().unlock();
      }
    }
  }

  /** Makes an empty file where there is none; its channel is closed before anybody can lock it. */
  static void createIfMissing(Path file) throws IOException {
    CHANGES.writeLock().lock();
    try {
      if (!Files.exists(file)) {
        Files.createFile(file);
      }
    } finally {
      CHANGES.writeLock().unlock();
    }
  }

  /**
   * Says that a file will be locked; from now on no channel of it is closed.
   *
   * @throws ImageLockedException if it is already
   */
  static LockedFile reserve(Object key, String location) throws ImageLockedException {
    CHANGES.writeLock().lock();
    try {
      LockedFile file = new LockedFile(key);
      if (LOCKED.putIfAbsent(key, file) != null) {
        throw new ImageLockedException(location, "\"write\"");
      }
      return file;
    } finally {
      CHANGES.writeLock().unlock();
    }
  }

  /** Opens a file for reading, or takes a channel on it that another reader has done with. */
  static FileChannel open(Object key, Path file) throws IOException {
    LockedFile locked = key == null ? null : LOCKED.get(key);
    FileChannel parked = locked == null ? null : locked.unpark();
    return parked == null ? FileChannel.open(file, StandardOpenOption.READ) : parked;
  }

  /** Closes a reader's channel, or keeps it while the file is locked. */
  static void close(Object key, FileChannel channel) throws IOException {
    if (key == null) {
      channel.close();
      return;
    }
    CHANGES.readLock().lock();
    try {
      LockedFile locked = LOCKED.get(key);
      if (locked != null && channel.isOpen()) {
        locked.park(channel);
      } else {
        channel.close();
      }
    } finally {
      CHANGES.readLock().unlock();
    }
  }

  /** Says that a channel of a file was closed because a thread that used it was interrupted. */
  static void interrupted(Object key) {
    LockedFile locked = key == null ? null : LOCKED.get(key);
    if (locked != null) {
      locked.lost = true;
    }
  }
}
