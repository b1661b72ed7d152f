package io.diskimage.format.table;

import io.diskimage.format.IoCounters;
import java.io.IOException;

/**
 * Where translation gets pieces of mapping tables from. Translation is stateless over it, so that a
 * read-only cache and a writer's cache share one translation per format.
 */
public interface TableSource {

  /**
   * A piece of a table; behind the end of the file it is zero. Shared: the caller does not change
   * it.
   *
   * @param hostOffset of the piece
   * @param length bytes, at most the page size of the limits
   */
  byte[] page(long hostOffset, int length, IoCounters io) throws IOException;

  /** Largest piece in bytes. */
  int pageBytes();
}
