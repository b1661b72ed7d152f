package io.diskimage.spark.publish;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StoredPiecesTest {
  private static final long PIECE = StoredPieces.PIECE;
  private final StoredPieces pieces = new StoredPieces();

  @Test
  void knowsWhatWasWrittenTo() {
    pieces.add(3 * PIECE - 1, 2);
    pieces.add(7 * PIECE, StoredPieces.PIECE);
    pieces.add(9 * PIECE, 0);

    for (int piece = 0; piece < 12; piece++) {
      boolean written = piece == 2 || piece == 3 || piece == 7;
      assertThat(pieces.contains(piece * PIECE)).isEqualTo(written);
      assertThat(pieces.contains(piece * PIECE + PIECE - 1)).isEqualTo(written);
    }
  }

  @Test
  void takesWhatIsFarAwayForWritten() {
    long far = Long.MAX_VALUE - PIECE;
    pieces.add(far, 1);

    assertThat(pieces.contains(far)).isTrue();
    assertThat(pieces.contains(4L << 40)).isTrue();
    assertThat(pieces.contains((4L << 40) - 1)).isFalse();
  }
}
