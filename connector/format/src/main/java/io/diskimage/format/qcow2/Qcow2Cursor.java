package io.diskimage.format.qcow2;

import io.diskimage.format.Bytes;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.IoCounters;
import io.diskimage.format.TruncatedImageException;
import io.diskimage.format.table.EntryTable;
import java.io.IOException;

/**
 * The runs of a qcow2 disk (qcow2.md sections 3 and 4). A run ends at the latest with a page of its
 * L2 table.
 */
final class Qcow2Cursor implements ExtentCursor {
  private final Mapping mapping;
  private final long end;
  private final IoCounters io;
  private final L1Table l1;

  private long position;

  /** The L2 page that {@link #position} lies in, as guest range and bytes. */
  private byte[] page;

  private long pageFrom;
  private long pageTo;
  private long l2Offset;
  private int pageFirstIndex;

  private long offset;
  private long length;
  private ExtentKind kind;
  private int flags;
  private long hostOffset;
  private long hostLength;
  private long clusterOffset;
  private IOException failure;

  Qcow2Cursor(Mapping mapping, long from, long to, IoCounters io) {
    this.mapping = mapping;
    this.position = from;
    this.end = to;
    this.io = io;
    this.l1 = new L1Table(mapping.l1(), io);
  }

  @Override
  public boolean next() {
    if (position >= end) {
      return false;
    }
    offset = position;
    failure = null;
    if (page == null || position >= pageTo || position < pageFrom) {
      if (!turnPage()) {
        return true;
      }
    }
    try {
      resolve();
    } catch (IOException corrupt) {
      fail(corrupt, clusterStart(position) + mapping.clusterSize());
      return true;
    }
    length = Math.min(position, end) - offset;
    if (kind != ExtentKind.COMPRESSED) {
      hostLength = hostOffset < 0 ? 0 : length;
    }
    return true;
  }

  /** Loads the page for the position; false if the position's run is already known without one. */
  private boolean turnPage() {
    long coverage = mapping.l2Coverage();
    long index = position / coverage;
    try {
      l2Offset = index < l1.entries() ? l1.l2Offset(index) : 0;
    } catch (IOException unreadable) {
      fail(unreadable, l1.pageEnd(index) * coverage);
      return false;
    }
    if (l2Offset == 0) {
      absentTables(index);
      return false;
    }
    if (l2Offset % mapping.clusterSize() != 0) {
      fail(
          new CorruptImageException(
              mapping.location(),
              l1.hostOffset(index),
              String.format(
                  "L2 table offset %s unaligned (L1 index: %s)", hex(l2Offset), hex(index))),
          (index + 1) * coverage);
      return false;
    }
    EntryTable l2 = mapping.l2At(l2Offset);
    long entry = position % coverage >>> mapping.clusterBits();
    long tableFrom = index * coverage;
    long first = l2.pageStart(entry);
    long last = l2.pageEnd(entry);
    pageFrom = tableFrom + (first << mapping.clusterBits());
    pageTo = tableFrom + (last << mapping.clusterBits());
    pageFirstIndex = (int) first;
    if (l2Offset > mapping.fileEnd() - last * mapping.l2EntryBytes()) {
      // QEMU reads what is missing as zeros, which shows a cut image as one with less data.
      page = null;
      fail(
          new TruncatedImageException(
              mapping.location(),
              l2Offset + first * mapping.l2EntryBytes(),
              String.format(
                  "L2 table lies behind the end of the file (L2 offset: %s, L1 index: %s)",
                  hex(l2Offset), hex(index))),
          pageTo);
      return false;
    }
    try {
      page = l2.page(entry, io);
    } catch (IOException unreadable) {
      page = null;
      fail(unreadable, pageTo);
      return false;
    }
    return true;
  }

  /** A run of L1 entries without a table, or of the disk behind the L1 table. */
  private void absentTables(long index) {
    long coverage = mapping.l2Coverage();
    long next = index + 1;
    try {
      while (next * coverage < end && (next >= l1.entries() || l1.l2Offset(next) == 0)) {
        next++;
      }
    } catch (IOException shownByTheNextStep) {
      next = Math.max(next, index + 1);
    }
    unmapped(false, -1);
    position = Math.min(end, next * coverage);
    length = position - offset;
    hostLength = 0;
  }

  private void fail(IOException why, long until) {
    failure = why;
    kind = null;
    flags = 0;
    hostOffset = -1;
    hostLength = 0;
    clusterOffset = offset;
    position = Math.min(end, until);
    length = position - offset;
  }

  /** Sets the run at the position and moves the position behind it, within the page. */
  private void resolve() throws IOException {
    clusterOffset = offset;
    if (mapping.extendedL2()) {
      resolveSubclusters();
      return;
    }
    long entry = entryAt(position);
    classify(entry, position);
    if (kind == ExtentKind.COMPRESSED) {
      position = clusterStart(position) + mapping.clusterSize();
      return;
    }
    long start = clusterStart(position);
    long step = hostOffset < 0 ? 0 : mapping.clusterSize();
    int at = pagePosition(position);
    int limit = at + (int) clustersTo(Math.min(pageTo, end), start) * L2Tables.ENTRY_BYTES;
    int clusters = (runEnd(page, at, limit, entry, step) - at) / L2Tables.ENTRY_BYTES;
    position = start + ((long) clusters << mapping.clusterBits());
  }

  private long clustersTo(long guest, long start) {
    return (guest - start + mapping.clusterSize() - 1) >>> mapping.clusterBits();
  }

  /**
   * Place behind the entries that continue the one at {@code at}. Neighbours differ from the first
   * entry by their offset alone; whatever else differs starts a run of its own.
   */
  private static int runEnd(byte[] page, int at, int limit, long entry, long step) {
    int next = at + L2Tables.ENTRY_BYTES;
    long expected = entry + step;
    while (next < limit
        && Bytes.u64be(page, next) == expected
        && L2Tables.continues(expected, step)) {
      expected += step;
      next += L2Tables.ENTRY_BYTES;
    }
    return next;
  }

  private void classify(long entry, long at) throws IOException {
    if (L2Tables.compressed(entry)) {
      compressed(entry, at);
      return;
    }
    long host = L2Tables.hostOffset(entry);
    if (L2Tables.zero(entry)) {
      if (mapping.version2()) {
        throw corrupt("Zero cluster entry found in pre-v3 image (L2 offset: %s, L2 index: %s)", at);
      }
      requireUsable(host, at);
      zero(host == 0 ? -1 : host, at);
    } else if (!hasHostCluster(entry)) {
      unmapped(false, -1);
    } else {
      requireUsable(host, at);
      stored(host, at);
    }
  }

  /** The first cluster of a data file has an offset of 0, and the bit that says it is there. */
  private boolean hasHostCluster(long entry) {
    return L2Tables.hostOffset(entry) != 0 || (mapping.dataFile() && L2Tables.copied(entry));
  }

  private void compressed(long entry, long at) throws IOException {
    if (mapping.dataFile()) {
      throw corrupt(
          "Compressed cluster entry found in image with external data file (L2 offset: %s, L2 index: %s)",
          at);
    }
    kind = ExtentKind.COMPRESSED;
    flags = DATA | ALLOCATED | COMPRESSED;
    hostOffset = L2Tables.streamOffset(entry, mapping.clusterBits());
    hostLength = L2Tables.streamLength(entry, mapping.clusterBits());
    clusterOffset = clusterStart(at);
  }

  private void stored(long clusterHost, long at) {
    kind = ExtentKind.DATA;
    flags = DATA | ALLOCATED | (mapping.encrypted() ? ENCRYPTED : OFFSET);
    hostOffset = clusterHost + (at - clusterStart(at));
  }

  private void zero(long clusterHost, long at) {
    kind = ExtentKind.ZERO;
    boolean shown = clusterHost >= 0 && !mapping.encrypted();
    flags = ZERO | ALLOCATED | (shown ? OFFSET : 0);
    hostOffset = shown ? clusterHost + (at - clusterStart(at)) : -1;
  }

  /** No content of its own, with host space reserved for it or without. */
  private void unmapped(boolean reserved, long host) {
    kind = mapping.backed() ? ExtentKind.BACKING : ExtentKind.UNALLOCATED;
    flags = (mapping.backed() ? 0 : ZERO) | (reserved ? OFFSET : 0);
    hostOffset = host;
    clusterOffset = offset;
  }

  private void resolveSubclusters() throws IOException {
    long entry = entryAt(position);
    if (L2Tables.compressed(entry)) {
      compressed(entry, position);
      position = clusterStart(position) + mapping.clusterSize();
      return;
    }
    long bitmap = Bytes.u64be(page, pagePosition(position) + L2Tables.ENTRY_BYTES);
    long host = L2Tables.hostOffset(entry);
    boolean placed = hasHostCluster(entry);
    if (L2Tables.conflicting(bitmap) || (!placed && L2Tables.anyAllocated(bitmap))) {
      throw corrupt("Invalid cluster entry found  (L2 offset: %s, L2 index: %s)", position);
    }
    requireUsable(host, position);
    long start = clusterStart(position);
    long size = mapping.clusterSize() / L2Tables.SUBCLUSTERS;
    int sub = (int) ((position - start) / size);
    boolean allocated = L2Tables.subclusterAllocated(bitmap, sub);
    boolean zero = L2Tables.subclusterZero(bitmap, sub);
    if (allocated) {
      stored(host, position);
    } else if (zero) {
      zero(placed ? host : -1, position);
    } else {
      // QEMU names no place in an encrypted image, here as little as for zeros.
      boolean shown = placed && !mapping.encrypted();
      unmapped(shown, shown ? host + (position - start) : -1);
    }
    int next = L2Tables.subclusterRunEnd(bitmap, sub);
    position = start + next * size;
    if (next == L2Tables.SUBCLUSTERS) {
      int at = pagePosition(start);
      long step = placed ? mapping.clusterSize() : 0;
      int limit = at + (int) clustersTo(Math.min(pageTo, end), start) * mapping.l2EntryBytes();
      long uniform = L2Tables.uniformBitmap(bitmap, sub);
      int whole = uniformEnd(page, at + mapping.l2EntryBytes(), limit, entry, step, uniform);
      int clusters = (whole - at) / mapping.l2EntryBytes();
      position = start + ((long) clusters << mapping.clusterBits());
    }
  }

  /** As {@link #runEnd}, of extended entries from {@code next} on with one and the same bitmap. */
  private static int uniformEnd(
      byte[] page, int next, int limit, long before, long step, long bitmap) {
    int place = next;
    long expected = before + step;
    while (place < limit
        && Bytes.u64be(page, place) == expected
        && Bytes.u64be(page, place + L2Tables.ENTRY_BYTES) == bitmap
        && L2Tables.continues(expected, step)) {
      expected += step;
      place += L2Tables.EXTENDED_ENTRY_BYTES;
    }
    return place;
  }

  private void requireUsable(long host, long at) throws IOException {
    if (host % mapping.clusterSize() != 0) {
      throw new CorruptImageException(
          mapping.location(),
          entryHostOffset(at),
          String.format(
              "Cluster allocation offset %s unaligned (L2 offset: %s, L2 index: %s)",
              hex(host), hex(l2Offset), hex(entryIndex(at))));
    }
    if (mapping.dataFile() && host != 0 && host != clusterStart(at)) {
      throw new CorruptImageException(
          mapping.location(),
          entryHostOffset(at),
          String.format(
              "External data file host cluster offset %s does not match guest cluster offset: %s, L2 index: %s)",
              hex(host), hex(clusterStart(at)), hex(entryIndex(at))));
    }
  }

  private CorruptImageException corrupt(String text, long at) {
    return new CorruptImageException(
        mapping.location(),
        entryHostOffset(at),
        String.format(text, hex(l2Offset), hex(entryIndex(at))));
  }

  /** As QEMU prints it: zero has no prefix. */
  private static String hex(long value) {
    return value == 0 ? "0" : "0x" + Long.toHexString(value);
  }

  private long entryAt(long guest) {
    return Bytes.u64be(page, pagePosition(guest));
  }

  private int pagePosition(long guest) {
    return (int) ((guest - pageFrom) >>> mapping.clusterBits()) * mapping.l2EntryBytes();
  }

  private int entryIndex(long guest) {
    return pageFirstIndex + (int) ((guest - pageFrom) >>> mapping.clusterBits());
  }

  private long entryHostOffset(long guest) {
    return l2Offset + (long) entryIndex(guest) * mapping.l2EntryBytes();
  }

  private long clusterStart(long guest) {
    return guest & -mapping.clusterSize();
  }

  @Override
  public long offset() {
    return offset;
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public ExtentKind kind() {
    return kind;
  }

  @Override
  public int flags() {
    return flags;
  }

  @Override
  public long hostOffset() {
    return hostOffset;
  }

  @Override
  public long hostLength() {
    return hostLength;
  }

  @Override
  public long clusterOffset() {
    return clusterOffset;
  }

  @Override
  public int input() {
    return mapping.dataFile() ? DataFile.INPUT : 0;
  }

  @Override
  public int depth() {
    return kind == null || kind == ExtentKind.BACKING ? -1 : 0;
  }

  @Override
  public IOException failure() {
    return failure;
  }
}
