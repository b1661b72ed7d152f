package io.diskimage.format.qcow2;

import io.diskimage.format.Bytes;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.LimitExceededException;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.SnapshotInfo;
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

  /**
   * One snapshot: what users see of it, and where its L1 table is.
   *
   * @param diskSize bytes, unsigned as stored
   */
  record Entry(SnapshotInfo info, long l1Offset, long l1Size, long diskSize, long tableOffset) {}

  private SnapshotTable(List<Entry> entries) {
    this.entries = List.copyOf(entries);
  }

  /** Reads the table; a check reads it by rules of its own and gets an empty one here. */
  static SnapshotTable read(ImageInput input, Qcow2Header header, OpenOptions options)
      throws IOException {
    List<Entry> entries = new ArrayList<>();
    if (options.purpose() == Purpose.CHECK) {
      return new SnapshotTable(entries);
    }
    long at = header.snapshotsOffset();
    long textBytes = 0;
    for (long i = 0; i < header.snapshotCount(); i++) {
      at = (at + 7) & -8L;
      byte[] fixed = bytes(input, options, at, FIXED_BYTES);
      int idLength = Bytes.u16be(fixed, 12);
      int nameLength = Bytes.u16be(fixed, 14);
      long extraLength = Bytes.u32be(fixed, 36);
      if (extraLength > MAX_EXTRA) {
        throw new CorruptImageException(
            input.location(), at + 36, "Too much extra metadata in snapshot table entry " + i);
      }
      long end = at + FIXED_BYTES + extraLength + idLength + nameLength;
      if (end - header.snapshotsOffset() > MAX_TABLE_BYTES) {
        throw new CorruptImageException(input.location(), at, "Snapshot table is too big");
      }
      textBytes += idLength + nameLength;
      if (textBytes > options.limits().snapshotTextBytes()) {
        throw new LimitExceededException(
            input.location(),
            at,
            "ids and names of the snapshots take more than "
                + options.limits().snapshotTextBytes()
                + " bytes");
      }
      byte[] rest =
          bytes(input, options, at + FIXED_BYTES, (int) extraLength + idLength + nameLength);
      entries.add(entry(header, fixed, rest, (int) extraLength, idLength, nameLength, at));
      at = end;
    }
    return new SnapshotTable(entries);
  }

  private static byte[] bytes(ImageInput input, OpenOptions options, long at, int length)
      throws IOException {
    byte[] bytes = new byte[length];
    options.io().metadataRead(input.readPadded(at, bytes, 0, length));
    return bytes;
  }

  private static Entry entry(
      Qcow2Header header,
      byte[] fixed,
      byte[] rest,
      int extra,
      int idLength,
      int nameLength,
      long at) {
    long vmState = extra >= EXTRA_VM_STATE ? Bytes.u64be(rest, 0) : Bytes.u32be(fixed, 32);
    long diskSize = extra >= EXTRA_DISK_SIZE ? Bytes.u64be(rest, 8) : header.size();
    long icount = extra >= EXTRA_ICOUNT ? Bytes.u64be(rest, 16) : NO_ICOUNT;
    SnapshotInfo info =
        new SnapshotInfo(
            new String(rest, extra, idLength, StandardCharsets.UTF_8),
            new String(rest, extra + idLength, nameLength, StandardCharsets.UTF_8),
            Instant.ofEpochSecond(Bytes.u32be(fixed, 16), Bytes.u32be(fixed, 20)),
            Bytes.u64be(fixed, 24),
            vmState,
            diskSize & -512L,
            icount == NO_ICOUNT ? null : icount);
    return new Entry(info, Bytes.u64be(fixed, 0), Bytes.u32be(fixed, 8), diskSize, at);
  }

  List<SnapshotInfo> infos() {
    return entries.stream().map(Entry::info).toList();
  }

  /** By id, then by name. */
  Optional<Entry> find(String idOrName) {
    return entries.stream()
        .filter(entry -> entry.info().id().equals(idOrName))
        .findFirst()
        .or(
            () ->
                entries.stream().filter(entry -> entry.info().name().equals(idOrName)).findFirst());
  }
}
