package io.diskimage.format;

import java.io.IOException;

/**
 * Steps through runs of guest bytes; accessors speak of the current run, and a step allocates
 * nothing. Not thread-safe.
 *
 * <p>An entry that cannot be followed does not end the walk: its run has a {@link #failure()} and
 * the next step goes on behind it.
 */
public interface ExtentCursor {

  /** The content is data of this layer (map key {@code data}). */
  int DATA = 0x01;

  /** Reads as zero (map key {@code zero}). */
  int ZERO = 0x02;

  /** Stored one to one at {@link #hostOffset()} (map key {@code offset}). */
  int OFFSET = 0x04;

  /** This layer decides the content (map key {@code present}). */
  int ALLOCATED = 0x10;

  /** Stored compressed (map key {@code compressed}). */
  int COMPRESSED = 0x80;

  /** Stored encrypted. */
  int ENCRYPTED = 0x100;

  /** Goes to the next run; false at the end. */
  boolean next();

  /** First guest byte. */
  long offset();

  /** Guest bytes, at least 1. */
  long length();

  /** Null when there is a {@link #failure()}. */
  ExtentKind kind();

  /**
   * Union of the flag constants, with QEMU's generic post-processing applied (formats/README.md
   * section 6).
   */
  int flags();

  /**
   * Where the bytes lie in {@link #input()}: of the first guest byte under {@link #OFFSET} or
   * {@link #ENCRYPTED}, of the stored stream when compressed; else -1.
   */
  long hostOffset();

  /**
   * Stored bytes: the stream's available length when compressed, else {@link #length()}; 0 without
   * an offset.
   */
  long hostLength();

  /**
   * Of a compressed run: guest offset of the first byte the stream decodes to, which a clipped run
   * lies behind; else {@link #offset()}.
   */
  long clusterOffset();

  /** Ordinal of the input that holds the bytes; 0 = the image file itself. */
  int input();

  /**
   * 0 = the image itself; a layer below it adds 1. -1 where no opened layer decides the content.
   */
  int depth();

  /** Why the entry of this run cannot be followed, or null. */
  IOException failure();
}
