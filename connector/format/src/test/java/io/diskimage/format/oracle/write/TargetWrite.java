package io.diskimage.format.oracle.write;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;

/** A change of a file that a crash may lose. */
sealed interface TargetWrite {
  /** What a disk writes whole or not at all, in bytes. */
  int SECTOR = 512;

  /** Changes a file. */
  void applyTo(MemoryTarget file) throws IOException;

  /** Changes some sectors only, as when the power fails in the middle. */
  void applyTorn(MemoryTarget file, Random random) throws IOException;

  /**
   * Bytes written.
   *
   * @param bytes from the start of the buffer to its end; read-only
   */
  record Bytes(long position, ByteBuffer bytes) implements TargetWrite {
    @Override
    public void applyTo(MemoryTarget file) throws IOException {
      file.write(position, bytes.duplicate());
    }

    @Override
    public void applyTorn(MemoryTarget file, Random random) throws IOException {
      long end = position + bytes.capacity();
      long from = position;
      while (from < end) {
        long to = Math.min(end, from - from % SECTOR + SECTOR);
        if (random.nextBoolean()) {
          file.write(from, bytes.slice((int) (from - position), (int) (to - from)));
        }
        from = to;
      }
    }
  }

  /** A range that becomes zero. */
  record Zeros(long position, long length) implements TargetWrite {
    @Override
    public void applyTo(MemoryTarget file) throws IOException {
      file.zero(position, length);
    }

    /** The first part, or the last one. */
    @Override
    public void applyTorn(MemoryTarget file, Random random) throws IOException {
      long cut = position + random.nextLong(length + 1);
      long sector = Math.max(position, cut - cut % SECTOR);
      if (random.nextBoolean()) {
        file.zero(position, sector - position);
      } else {
        file.zero(sector, position + length - sector);
      }
    }
  }

  /** Another length. */
  record Length(long length) implements TargetWrite {
    @Override
    public void applyTo(MemoryTarget file) throws IOException {
      file.setLength(length);
    }

    /** A length is set or not. */
    @Override
    public void applyTorn(MemoryTarget file, Random random) throws IOException {
      if (random.nextBoolean()) {
        applyTo(file);
      }
    }
  }
}
