package io.diskimage.spark.benchmark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A small file in memory, to be written again and again with its zeros left out.
 *
 * @param length bytes
 * @param pages that are not zero, in order
 */
record SparseFile(long length, List<Page> pages) {
  private static final int PAGE_BYTES = 4096;

  /**
   * Bytes that are not all zero.
   *
   * @param offset in the file
   * @param bytes from there on
   */
  record Page(long offset, ByteBuffer bytes) {}

  /** Reads a file. */
  static SparseFile of(Path file) throws IOException {
    byte[] content = Files.readAllBytes(file);
    List<Page> pages = new ArrayList<>();
    byte[] zeros = new byte[PAGE_BYTES];
    for (int from = 0; from < content.length; from += PAGE_BYTES) {
      int to = Math.min(content.length, from + PAGE_BYTES);
      if (!Arrays.equals(content, from, to, zeros, 0, to - from)) {
        pages.add(new Page(from, ByteBuffer.wrap(content, from, to - from).slice()));
      }
    }
    return new SparseFile(content.length, pages);
  }

  /** Writes it to a file that is not there. */
  void write(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (Page page : pages) {
        channel.write(page.bytes().duplicate(), page.offset());
      }
      if (channel.size() < length) {
        channel.write(ByteBuffer.allocate(1), length - 1);
      }
    }
  }
}
