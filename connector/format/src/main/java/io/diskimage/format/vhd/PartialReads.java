package io.diskimage.format.vhd;

import io.diskimage.format.ImageChangedException;
import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.function.LongConsumer;

/** Reads of which one that fails does not end the part of the check. */
final class PartialReads {
  private PartialReads() {}

  /**
   * Fills the start of an array, with zeros behind the end of the file.
   *
   * @param counter told of the bytes that came from the file
   * @return false if that failed, which then is a finding
   */
  static boolean read(CheckRun run, long at, byte[] target, int length, LongConsumer counter)
      throws IOException {
    try {
      counter.accept(run.input().readPadded(at, target, 0, length));
      return true;
    } catch (ImageChangedException | ClosedByInterruptException | InterruptedIOException ends) {
      throw ends;
    } catch (IOException failure) {
      run.find(
          Finding.of(FindingKind.PART_UNREADABLE)
              .host(at, length)
              .says("%d bytes at %d could not be read: %s", length, at, failure.getMessage()));
      return false;
    }
  }
}
