package io.diskimage.format.vhd;

import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import java.io.IOException;

/**
 * Rows 11 and 14 of vhd.md section 7: blocks that share their place, and space between blocks that
 * none has. Blocks at the very start or behind the end of the file, which are found for that, are
 * left out.
 */
final class BlockOrderCheck {
  /** From here on a gap is no alignment any more (vhd.md section 1.4). */
  static final long NO_ALIGNMENT = 4096;

  private static final long NONE = -1;

  private final CheckRun run;
  private final DiskLayout layout;
  private long previous = NONE;

  BlockOrderCheck(CheckRun run, DiskLayout layout) {
    this.run = run;
    this.layout = layout;
  }

  void check(HostOrder order) throws IOException {
    order.walk(
        (keys, count) -> {
          for (int i = 0; i < count; i++) {
            next(HostOrder.entry(keys[i]), HostOrder.index(keys[i]));
          }
        });
  }

  private void next(long entry, long index) {
    long host = DiskLayout.host(entry);
    if (host == previous) {
      run.find(
          finding(FindingKind.VHD_BLOCK_DUPLICATE, entry, index)
              .says("block %d at sector %d is stored where another one is", index, entry));
      return;
    }
    if (previous == NONE) {
      layout.metadata().gaps(0, host, this::firstGap);
    } else if (host < previous + layout.unit()) {
      run.find(
          finding(FindingKind.VHD_BLOCK_OVERLAP, entry, index)
              .says(
                  "block %d at sector %d overlaps the one at sector %d",
                  index, entry, previous / 512));
    } else {
      layout.metadata().gaps(previous + layout.unit(), host, this::gap);
    }
    previous = host;
  }

  /** Before the first block there may be room for a longer table, or for locators. */
  private void firstGap(long from, long to) {
    if (to - from >= layout.unit()) {
      gap(from, to);
    }
  }

  private void gap(long from, long to) {
    long length = to - from;
    if (length >= NO_ALIGNMENT) {
      run.find(
          Finding.of(FindingKind.VHD_HOLE)
              .host(from, length)
              .times((length - 1) / layout.unit() + 1)
              .reclaims(length)
              .says("%d bytes before the block at sector %d are unused", length, to / 512));
    }
  }

  private Finding.Draft finding(FindingKind kind, long entry, long index) {
    return Finding.of(kind)
        .host(layout.entryAt(index), BlockTable.ENTRY_BYTES)
        .guest(index * layout.blockSize(), layout.blockSize())
        .values(null, entry);
  }
}
