package io.diskimage.format;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;

/**
 * The locks by which QEMU's processes keep out of each other's way, as a writer takes them: a
 * shared lock on a byte from 100 on says what a process does with a file, and one on a byte from
 * 200 on what no other one may do. Whoever opens a file looks for locks that contradict.
 *
 * <p>A writer has to be the only one that writes or resizes. It does not say that it writes, for
 * QEMU refuses even to show {@code qemu-img info} of a file that somebody says to write; that
 * nobody else may is enough to keep writers out, in both directions.
 */
final class QemuLocks {
  private static final int USED = 100;
  private static final int NOT_SHARED = 200;

  private static final int CONSISTENT_READ = 0;
  private static final int WRITE = 1;
  private static final int RESIZE = 3;

  /**
   * Only writers of this library know this byte, the first one of them has it alone: Java can look
   * for another's lock only by taking its own, and two that do so at once would both give way.
   */
  private static final int FIRST_WRITER = 300;

  private final FileChannel channel;
  private final String location;

  private QemuLocks(FileChannel channel, String location) {
    this.channel = channel;
    this.location = location;
  }

  /**
   * Locks a file for one writer; the locks end when the channel, or any other one of this JVM on
   * the file, is closed.
   *
   * @throws ImageLockedException if another process reads or writes it and does not share that
   */
  static void take(FileChannel channel, String location) throws IOException {
    QemuLocks locks = new QemuLocks(channel, location);
    locks.hold(FIRST_WRITER, false, "\"write\"");
    locks.requireFree(NOT_SHARED + CONSISTENT_READ, "\"consistent read\"");
    locks.requireFree(NOT_SHARED + WRITE, "\"write\"");
    locks.requireFree(NOT_SHARED + RESIZE, "\"resize\"");
    locks.hold(USED + CONSISTENT_READ, true, "\"consistent read\"");
    locks.hold(NOT_SHARED + WRITE, true, "\"write\"");
    locks.hold(NOT_SHARED + RESIZE, true, "\"resize\"");
    // Last, for a process that came in between says so before it looks at what is held here.
    locks.requireFree(USED + WRITE, "shared \"write\"");
    locks.requireFree(USED + RESIZE, "shared \"resize\"");
  }

  private void hold(long at, boolean shared, String name) throws IOException {
    if (tried(at, shared) == null) {
      throw new ImageLockedException(location, name);
    }
  }

  private void requireFree(long at, String name) throws IOException {
    FileLock lock = tried(at, false);
    if (lock == null) {
      throw new ImageLockedException(location, name);
    }
    lock.release();
  }

  private FileLock tried(long at, boolean shared) throws IOException {
    try {
      return channel.tryLock(at, 1, shared);
    } catch (OverlappingFileLockException heldInThisJvm) {
      return null;
    }
  }
}
