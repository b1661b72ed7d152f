package io.diskimage.format.check;

import io.diskimage.format.ImageChangedException;
import io.diskimage.format.ImageInput;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;

/**
 * Reads a file from its start to its end: whether the disk below still gives every byte. Each is
 * read once, however many guest clusters refer to it.
 */
final class StoredBytes {
  private static final int PIECE = 4 << 20;

  private StoredBytes() {}

  static void read(CheckRun run) throws IOException {
    ImageInput input = run.input();
    ByteBuffer piece = ByteBuffer.allocate((int) Math.min(PIECE, Math.max(1, input.length())));
    for (long at = 0; at < input.length(); at += PIECE) {
      run.progress(at, input.length());
      piece.clear();
      try {
        run.io().dataRead(input.read(at, piece));
      } catch (ImageChangedException | ClosedByInterruptException | InterruptedIOException ends) {
        throw ends;
      } catch (IOException unreadable) {
        run.find(
            Finding.of(FindingKind.DATA_UNREADABLE)
                .host(at, Math.min(PIECE, input.length() - at))
                .says("stored bytes cannot be read: %s", unreadable.getMessage()));
      }
    }
  }
}
