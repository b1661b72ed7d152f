package io.diskimage.format.qcow2;

import io.diskimage.format.Bytes;
import java.io.IOException;
import java.util.Arrays;

/**
 * Tables of 8-byte entries as areas of the file. They may be the same or overlap: each word of the
 * file is read once, and tells how many tables it belongs to. One of them can be told apart.
 */
final class TableAreas {
  private static final int PAGE = 256 << 10;

  private final CheckedImage image;
  private final long ownFrom;
  private final long ownTo;

  /** Where the other tables begin and where they end, each sorted. */
  private final long[] starts;

  private final long[] ends;

  /** Takes the entries that are not 0, in the order in which they lie in the file. */
  @FunctionalInterface
  interface Visitor {
    /**
     * An entry.
     *
     * @param at its host offset
     * @param entry as stored
     * @param own its index in the table that is told apart, or -1
     * @param others how many other tables it belongs to
     */
    void entry(long at, long entry, int own, long others) throws IOException;
  }

  /** A table of any place and size, as a field or entry names it. */
  interface Area {
    long offset();

    long entries();
  }

  /** Tables whose offsets are multiples of 8, whatever their values. */
  TableAreas(CheckedImage image, long ownOffset, long ownEntries, Iterable<? extends Area> others) {
    this.image = image;
    this.ownFrom = ownOffset;
    this.ownTo = end(ownOffset, ownEntries);
    long[] from = new long[16];
    long[] to = new long[16];
    int n = 0;
    for (Area area : others) {
      if (n == from.length) {
        from = Arrays.copyOf(from, n * 2);
        to = Arrays.copyOf(to, n * 2);
      }
      from[n] = area.offset();
      to[n++] = end(area.offset(), area.entries());
    }
    this.starts = Arrays.copyOf(from, n);
    this.ends = Arrays.copyOf(to, n);
    Arrays.sort(starts);
    Arrays.sort(ends);
  }

  /** What lies behind the end of the file reads as zeros, which are no entries. */
  private long end(long offset, long entries) {
    long stored = offset < 0 ? 0 : image.fileEnd() - offset;
    return offset + Math.max(0, Math.min(stored, entries * Long.BYTES));
  }

  void visit(Visitor visitor) throws IOException {
    long[] cuts = new long[2 + starts.length * 2];
    cuts[0] = ownFrom;
    cuts[1] = ownTo;
    System.arraycopy(starts, 0, cuts, 2, starts.length);
    System.arraycopy(ends, 0, cuts, 2 + starts.length, ends.length);
    Arrays.sort(cuts);
    int begun = 0;
    int ended = 0;
    byte[] page = new byte[0];
    for (int i = 0; i + 1 < cuts.length; i++) {
      long from = cuts[i];
      while (begun < starts.length && starts[begun] <= from) {
        begun++;
      }
      while (ended < ends.length && ends[ended] <= from) {
        ended++;
      }
      boolean own = from >= ownFrom && from < ownTo;
      if (cuts[i + 1] > from && (own || begun > ended)) {
        int length = (int) Math.min(PAGE, cuts[i + 1] - from);
        page = page.length < length ? new byte[length] : page;
        visit(from, cuts[i + 1], own, begun - ended, page, visitor);
      }
    }
  }

  private void visit(long from, long to, boolean own, long others, byte[] page, Visitor visitor)
      throws IOException {
    for (long at = from; at < to; at += page.length) {
      image.run().progress(at - from, to - from);
      int length = (int) Math.min(page.length, to - at);
      image.run().io().metadataRead(image.input().readPadded(at, page, 0, length));
      for (int i = 0; i < length; i += Long.BYTES) {
        long entry = Bytes.u64be(page, i);
        if (entry != 0) {
          visitor.entry(at + i, entry, own ? (int) ((at + i - ownFrom) / Long.BYTES) : -1, others);
        }
      }
    }
  }
}
