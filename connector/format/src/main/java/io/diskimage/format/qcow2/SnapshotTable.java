package io.diskimage.format.qcow2;

import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.Limit;
import io.diskimage.format.LimitExceededException;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.SnapshotInfo;
import io.diskimage.format.TruncatedImageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The internal snapshots (qcow2.md section 1.7; row 27 of section 2). */
final class SnapshotTable {
  private static final int FIXED_BYTES = 40;
  private static final int MAX_EXTRA = 1024;
  private static final int EXTRA_VM_STATE = 8;
  private static final int EXTRA_DISK_SIZE = 16;
  private static final int EXTRA_ICOUNT = 24;
  private static final long MAX_TABLE_BYTES = 64L << 20;
  private static final long NO_ICOUNT = -1;

  private final List<Entry> entries;

  /** Host offset behind the table. */
  private final long end;

  /**
   * One snapshot, kept small because a table may have 65536 of them.
   *
   * @param diskSize bytes, unsigned as stored
   * @param tableOffset host offset of the entry
   */
  record Entry(
      String id,
      String name,
      long seconds,
      long nanoseconds,
      long vmClock,
      long vmStateSize,
      long diskSize,
      long icount,
      long l1Offset,
      long l1Size,
      long tableOffset) {

    /** Bytes of the disk, floored to sectors. */
    long virtualSize() {
      return diskSize & -512L;
    }

    SnapshotInfo info() {
      return new SnapshotInfo(
          id,
          name,
          Instant.ofEpochSecond(seconds, nanoseconds),
          vmClock,
          vmStateSize,
          virtualSize(),
          icount == NO_ICOUNT ? null : icount);
    }
  }

  private SnapshotTable(List<Entry> entries, long end) {
    this.entries = entries;
    this.end = end;
  }

  /** Reads the table; a check reads it by rules of its own and gets an empty one here. */
  static SnapshotTable read(ImageInput input, Qcow2Header header, OpenOptions options)
      throws IOException {
    List<Entry> entries = new ArrayList<>();
    if (options.purpose() == Purpose.CHECK) {
      return new SnapshotTable(entries, header.snapshotsOffset());
    }
    ByteWindow bytes = new ByteWindow(input, options.io());
    long at = header.snapshotsOffset();
    long textBytes = 0;
    for (long i = 0; i < header.snapshotCount(); i++) {
      at = (at + 7) & -8L;
      requireStored(input, at, FIXED_BYTES, i);
      bytes.hold(at, FIXED_BYTES);
      int textLength = bytes.u16(at + 12) + bytes.u16(at + 14);
      long extraLength = bytes.u32(at + 36);
      if (extraLength > MAX_EXTRA) {
        throw new CorruptImageException(
            input.location(), at + 36, "Too much extra metadata in snapshot table entry " + i);
      }
      long length = FIXED_BYTES + extraLength + textLength;
      if (at + length - header.snapshotsOffset() > MAX_TABLE_BYTES) {
        throw new CorruptImageException(input.location(), at, "Snapshot table is too big");
      }
      requireStored(input, at, length, i);
      textBytes += textLength;
      if (textBytes > options.limits().textBytes()) {
        throw new LimitExceededException(
            input.location(),
            at,
            "ids and names of the snapshots take too many bytes",
            Limit.TEXT_BYTES,
            options.limits());
      }
      entries.add(entry(header, bytes, at, (int) extraLength));
      at += length;
    }
    return new SnapshotTable(entries, at);
  }

  /** QEMU takes what a cut file has lost for snapshots without name and content. */
  private static void requireStored(ImageInput input, long at, long length, long index)
      throws TruncatedImageException {
    if (at > input.sectorLength() - length) {
      throw new TruncatedImageException(
          input.location(),
          at,
          "snapshot table entry " + index + " lies behind the end of the file");
    }
  }

  private static Entry entry(Qcow2Header header, ByteWindow bytes, long at, int extra)
      throws IOException {
    bytes.hold(at, FIXED_BYTES + Math.min(extra, EXTRA_ICOUNT));
    int idLength = bytes.u16(at + 12);
    int nameLength = bytes.u16(at + 14);
    long seconds = bytes.u32(at + 16);
    long nanoseconds = bytes.u32(at + 20);
    long vmClock = bytes.u64(at + 24);
    long vmState = extra >= EXTRA_VM_STATE ? bytes.u64(at + 40) : bytes.u32(at + 32);
    long diskSize = extra >= EXTRA_DISK_SIZE ? bytes.u64(at + 48) : header.size();
    long icount = extra >= EXTRA_ICOUNT ? bytes.u64(at + 56) : NO_ICOUNT;
    long l1Offset = bytes.u64(at);
    long l1Size = bytes.u32(at + 8);
    long textAt = at + FIXED_BYTES + extra;
    String id = text(bytes, textAt, idLength);
    String name = text(bytes, textAt + idLength, nameLength);
    return new Entry(
        id, name, seconds, nanoseconds, vmClock, vmState, diskSize, icount, l1Offset, l1Size, at);
  }

  private static String text(ByteWindow bytes, long at, int length) throws IOException {
    return length == 0 ? "" : new String(bytes.bytes(at, length), StandardCharsets.UTF_8);
  }

  /** All snapshots in their order. */
  List<Entry> entries() {
    return entries;
  }

  /** Host offset behind the table. */
  long end() {
    return end;
  }

  List<SnapshotInfo> infos() {
    return entries.stream().map(Entry::info).toList();
  }

  /** By id, then by name. */
  Optional<Entry> find(String idOrName) {
    return entries.stream()
        .filter(entry -> entry.id().equals(idOrName))
        .findFirst()
        .or(() -> entries.stream().filter(entry -> entry.name().equals(idOrName)).findFirst());
  }
}
