package io.diskimage.format.qcow2;

import java.io.IOException;

/**
 * Writes of guest data (qcow2.md section 5.3): where they are stored if nothing else uses that
 * place, else to new clusters, with what the guest sees around them. Clusters side by side are
 * written together.
 */
final class ClusterWrites {
  private static final int SECTOR = 512;
  private static final int PORTION = 1 << 20;

  /** Longer zeros are left to the store. */
  private static final int LONG = 64 << 10;

  private final Qcow2Header header;
  private final ActiveMapping mapping;
  private final ClusterAllocator allocator;
  private final MetadataOrder order;
  private final HostWrites stored;
  private final GuestContent content;
  private byte[] scratch = {};

  ClusterWrites(
      Qcow2Header header,
      ActiveMapping mapping,
      ClusterAllocator allocator,
      MetadataOrder order,
      HostWrites stored,
      GuestContent content) {
    this.header = header;
    this.mapping = mapping;
    this.allocator = allocator;
    this.order = order;
    this.stored = stored;
    this.content = content;
  }

  /**
   * Writes a range of the disk, of any alignment. Whole sectors are stored at once: what was around
   * the range and the range itself would else be two requests, of which a crash may lose one.
   */
  void write(long guestOffset, byte[] source, int offset, int length) throws IOException {
    if (guestOffset % SECTOR != 0 || length % SECTOR != 0) {
      writeSectors(guestOffset, source, offset, length);
      return;
    }
    long end = guestOffset + length;
    long at = guestOffset;
    while (at < end) {
      order.relieve();
      long stop = Math.min(end, mapping.tableEnd(at));
      at = writeRun(at, stop, source, offset + (int) (at - guestOffset));
    }
  }

  /** Writes the sectors that hold a range, with what else they hold. */
  private void writeSectors(long guestOffset, byte[] source, int offset, int length)
      throws IOException {
    int done = 0;
    while (done < length) {
      int head = (int) ((guestOffset + done) % SECTOR);
      int part = Math.min(PORTION - head, length - done);
      long from = guestOffset + done - head;
      byte[] sectors = new byte[(head + part + SECTOR - 1) / SECTOR * SECTOR];
      int last = sectors.length - SECTOR;
      if (head > 0) {
        content.read(from, sectors, 0, SECTOR);
      }
      if ((head + part) % SECTOR > 0 && (head == 0 || last > 0)) {
        content.read(from + last, sectors, last, SECTOR);
      }
      System.arraycopy(source, offset + done, sectors, head, part);
      write(from, sectors, 0, sectors.length);
      done += part;
    }
  }

  /**
   * Writes the beginning of a range: to clusters that are all rewritten in place, one behind the
   * other in the file, or are all new.
   *
   * @return guest offset behind what was written
   */
  private long writeRun(long from, long stop, byte[] source, int offset) throws IOException {
    mapping.prepare(from);
    long size = header.clusterSize();
    ClusterState first = mapping.state(from);
    boolean inPlace = first.isOwn() || (header.dataFile() && first.placed());
    long next = (from & -size) + size;
    ClusterState last = first;
    while (next < stop) {
      ClusterState state = mapping.state(next);
      boolean sameWay = (state.isOwn() || (header.dataFile() && state.placed())) == inPlace;
      if (!sameWay || (inPlace && state.host() != last.host() + size)) {
        break;
      }
      last = state;
      next += size;
    }
    long end = Math.min(next, stop);
    if (inPlace || header.dataFile()) {
      long host = inPlace ? first.host() : from & -size;
      Run run = new Run(from, end, host, first, last);
      store(run, source, offset);
      map(run);
    } else {
      Run run = new Run(from, end, allocator.allocate(clusters(from, end)), first, last);
      storeAnew(run, source, offset);
      map(run);
    }
    return end;
  }

  /**
   * Clusters to write.
   *
   * @param from first guest byte
   * @param to behind the last guest byte
   * @param host offset of the first cluster's place; the others follow it
   * @param first cluster as it is
   * @param last cluster as it is
   */
  private record Run(long from, long to, long host, ClusterState first, ClusterState last) {}

  private long clusters(long from, long to) {
    long size = header.clusterSize();
    return ((to + size - 1) >>> header.clusterBits()) - (from >>> header.clusterBits());
  }

  /** Stores a run in new clusters, which are given back if that fails. */
  private void storeAnew(Run run, byte[] source, int offset) throws IOException {
    boolean done = false;
    try {
      store(run, source, offset);
      done = true;
    } finally {
      if (!done) {
        allocator.freeUnused(run.host(), clusters(run.from(), run.to()));
      }
    }
  }

  /** Stores a run, and what has to be stored around it. */
  private void store(Run run, byte[] source, int offset) throws IOException {
    long size = header.clusterSize();
    long start = run.from() & -size;
    long lastStart = (run.to() - 1) & -size;
    long shift = run.host() - start;
    fill(headStart(run, start, shift), run.from(), shift);
    stored.write(run.from(), run.from() + shift, source, offset, (int) (run.to() - run.from()));
    fill(run.to(), tailEnd(run, lastStart, shift), shift);
  }

  /** Lets the entries of a run say where it is stored. */
  private void map(Run run) throws IOException {
    long size = header.clusterSize();
    long start = run.from() & -size;
    long shift = run.host() - start;
    for (long guest = start; guest < run.to(); guest += size) {
      ClusterState before = mapping.state(guest);
      int units = units(before, guest + shift, guest, run.from(), run.to());
      ClusterState after = before.storedAt(guest + shift, units);
      if (!after.equals(before)) {
        mapping.set(guest, after);
        if (before.isCompressed() || (before.placed() && before.host() != after.host())) {
          mapping.freeLater(before);
        }
      }
    }
  }

  /** Where storing begins: with the first unit, unless what is before the run is there already. */
  private long headStart(Run run, long start, long shift) {
    if (isRewritten(run.first(), start + shift, run.from())) {
      return run.from();
    }
    int units = units(run.first(), start + shift, start, run.from(), run.to());
    return start + (long) Integer.numberOfTrailingZeros(units) * unitSize();
  }

  /** Where storing ends, likewise. */
  private long tailEnd(Run run, long lastStart, long shift) {
    if (isRewritten(run.last(), lastStart + shift, run.to() - 1)) {
      return run.to();
    }
    int units = units(run.last(), lastStart + shift, lastStart, run.from(), run.to());
    return lastStart + (32L - Integer.numberOfLeadingZeros(units)) * unitSize();
  }

  private int unitSize() {
    return mapping.layout().unitSize();
  }

  /** Whether the unit of an offset is already stored in the cluster that is written. */
  private boolean isRewritten(ClusterState state, long place, long guest) {
    int unit = (int) ((guest & (header.clusterSize() - 1)) / unitSize());
    return state.placed() && state.host() == place && (state.stored() >>> unit & 1) != 0;
  }

  /**
   * The units of a cluster that are written: those that a range touches; and of a cluster that
   * moves, all from the first to the last that it has or that are touched.
   */
  private int units(ClusterState state, long place, long guest, long from, long to) {
    int first = (int) (Math.max(0, from - guest) / unitSize());
    int end = (int) Math.min(mapping.layout().units(), (to - guest + unitSize() - 1) / unitSize());
    int moved = 0;
    if (state.isCompressed()) {
      moved = mapping.layout().allUnits();
    } else if (state.placed() && state.host() != place) {
      moved = state.stored();
    }
    if (moved != 0) {
      first = Math.min(first, Integer.numberOfTrailingZeros(moved));
      end = Math.max(end, 32 - Integer.numberOfLeadingZeros(moved));
    }
    return EntryLayout.mask(first, end);
  }

  /** Stores what the guest sees of a range, so that it still sees it when the range is stored. */
  private void fill(long from, long to, long shift) throws IOException {
    if (to - from >= LONG && !stored.isBySector() && content.isZero(from, to - from)) {
      stored.zero(from + shift, to - from);
      return;
    }
    long at = from;
    while (at < to) {
      int part = (int) Math.min(PORTION, to - at);
      if (scratch.length < part) {
        scratch = new byte[part];
      }
      content.read(at, scratch, 0, part);
      stored.write(at, at + shift, scratch, 0, part);
      at += part;
    }
  }
}
