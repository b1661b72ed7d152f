package io.diskimage.spark.publish;

import java.util.BitSet;

/** The pieces of a file that something was written to; all others are zero. */
final class StoredPieces {

  /** Bytes of a piece. */
  static final int PIECE = 1 << 20;

  /** Pieces that are told apart, 4 TiB in 512 KiB of memory; behind them all count as stored. */
  private static final int MAX_PIECES = 1 << 22;

  private final BitSet pieces = new BitSet();

  /** Notes that a range is written. */
  void add(long position, int length) {
    if (length > 0) {
      long last = Math.min(MAX_PIECES - 1, (position + length - 1) / PIECE);
      for (long piece = position / PIECE; piece <= last; piece++) {
        pieces.set((int) piece);
      }
    }
  }

  /** Whether something was written to the piece that a position is in. */
  boolean contains(long position) {
    long piece = position / PIECE;
    return piece >= MAX_PIECES || pieces.get((int) piece);
  }
}
