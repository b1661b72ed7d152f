package io.diskimage.format.qcow2;

import io.diskimage.format.Bytes;
import java.io.IOException;

/** Turns L2 entries of an image into what they say, and back (qcow2.md section 1.4). */
final class EntryLayout {
  private final Qcow2Header header;
  private final CorruptionMark mark;

  EntryLayout(Qcow2Header header, CorruptionMark mark) {
    this.header = header;
    this.mark = mark;
  }

  /** Units of a cluster. */
  int units() {
    return header.extendedL2() ? L2Tables.SUBCLUSTERS : 1;
  }

  /** Bytes of a unit. */
  int unitSize() {
    return header.clusterSize() / units();
  }

  /** The mask of units {@code from} to {@code to}. */
  static int mask(int from, int to) {
    return (int) ((1L << to) - (1L << from));
  }

  /** The mask of all units. */
  int allUnits() {
    return mask(0, units());
  }

  int entryBytes() {
    return header.extendedL2() ? L2Tables.EXTENDED_ENTRY_BYTES : L2Tables.ENTRY_BYTES;
  }

  /**
   * Takes an entry apart.
   *
   * @param tableAt host offset of the table
   * @param index of the entry in the table
   * @param guest offset of the cluster
   */
  ClusterState decode(byte[] page, int at, long tableAt, long index, long guest)
      throws IOException {
    long entry = Bytes.u64be(page, at);
    if (L2Tables.compressed(entry)) {
      if (header.dataFile()) {
        throw mark.event(
            tableAt + index * entryBytes(),
            String.format(
                "Compressed cluster entry found in image with external data file"
                    + " (L2 offset: 0x%x, L2 index: 0x%x)",
                tableAt, index));
      }
      return ClusterState.ofStream(entry);
    }
    long host = L2Tables.hostOffset(entry);
    boolean copied = L2Tables.copied(entry);
    boolean placed = host != 0 || (header.dataFile() && copied);
    int stored;
    int zero;
    if (header.extendedL2()) {
      long bitmap = Bytes.u64be(page, at + L2Tables.ENTRY_BYTES);
      stored = L2Tables.storedIn(bitmap);
      zero = L2Tables.zeroIn(bitmap);
      requireSound((stored & zero) == 0 && (placed || stored == 0), tableAt, index);
    } else {
      zero = L2Tables.zero(entry) ? 1 : 0;
      stored = placed ? 1 - zero : 0;
      requireKnownZero(zero, tableAt, index);
    }
    requirePlace(host, stored != 0, tableAt, index, guest);
    return new ClusterState(0, placed, host, copied, stored, zero);
  }

  private void requireSound(boolean sound, long tableAt, long index) throws IOException {
    if (!sound) {
      throw mark.event(
          tableAt + index * entryBytes(),
          String.format(
              "Invalid cluster entry found (L2 offset: 0x%x, L2 index: 0x%x)", tableAt, index));
    }
  }

  private void requireKnownZero(int zero, long tableAt, long index) throws IOException {
    if (zero != 0 && header.version() == 2) {
      throw mark.event(
          tableAt + index * entryBytes(),
          String.format(
              "Zero cluster entry found in pre-v3 image (L2 offset: 0x%x, L2 index: 0x%x)",
              tableAt, index));
    }
  }

  private void requirePlace(long host, boolean stored, long tableAt, long index, long guest)
      throws IOException {
    if (host % header.clusterSize() != 0) {
      throw mark.event(
          tableAt + index * entryBytes(),
          String.format(
              "%s offset 0x%x unaligned (guest offset: 0x%x)",
              stored ? "Data cluster" : "Preallocated zero cluster", host, guest));
    }
    if (header.dataFile() && host != 0 && host != guest) {
      throw mark.event(
          tableAt + index * entryBytes(),
          String.format(
              "External data file host cluster offset 0x%x does not match guest cluster offset:"
                  + " 0x%x, L2 index: 0x%x)",
              host, guest, index));
    }
  }

  /** Puts an entry together. */
  void encode(ClusterState state, byte[] page, int at) {
    long entry = state.compressed() | state.host();
    if (state.placed() && state.copied()) {
      entry = L2Tables.normal(entry);
    }
    if (header.extendedL2()) {
      Bytes.putU64be(
          page, at + L2Tables.ENTRY_BYTES, L2Tables.bitmap(state.stored(), state.zero()));
    } else if (state.zero() != 0) {
      entry = L2Tables.asZero(entry);
    }
    Bytes.putU64be(page, at, entry);
  }
}
