package io.diskimage.format.qcow2;

import io.diskimage.format.Bytes;
import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import java.io.IOException;

/**
 * Counts and judges L1 and L2 entries (qcow2.md sections 1.4, 1.5 and 7.1), each for all the tables
 * and snapshots that share it.
 */
final class MappingCheck implements MappingWalk.Visitor {
  private final CheckedImage image;
  private final CheckRun run;
  private final CountingPass pass;
  private final CopiedFlags flags;
  private final MappingStatistics statistics;
  private final L2Run entries;
  private final boolean extended;
  private final boolean dataFile;
  private final long clusterSize;
  private boolean zeroFlags;
  private boolean compressed;

  MappingCheck(CheckedImage image, CountingPass pass, MappingStatistics statistics) {
    this.image = image;
    this.run = image.run();
    this.pass = pass;
    this.flags = new CopiedFlags(image, pass);
    this.statistics = statistics;
    this.entries = new L2Run(image);
    this.extended = image.header().extendedL2();
    this.dataFile = image.header().dataFile();
    this.clusterSize = image.clusterSize();
  }

  /** Whether any entry has the zero flag. */
  boolean zeroFlags() {
    return zeroFlags;
  }

  /** Whether any cluster is compressed. */
  boolean compressed() {
    return compressed;
  }

  @Override
  public void entry(long at, long entry, int active, long snapshots) throws IOException {
    long offset = L1Table.offsetIn(entry);
    long times = (active < 0 ? 0 : 1) + snapshots;
    if (pass.isStored(offset, clusterSize)) {
      pass.count(offset, clusterSize, times);
    }
    if (pass.first()) {
      reportL1(at, entry, active, times);
    }
    if (active >= 0 && offset != 0) {
      flags.judgeL1(at, entry, active, offset >>> image.clusterBits());
    }
  }

  private void reportL1(long at, long entry, int active, long times) {
    long offset = L1Table.offsetIn(entry);
    if ((entry & L1Table.RESERVED_BITS) != 0) {
      run.find(
          l1(FindingKind.QCOW2_L1_RESERVED_BITS, at, active, times)
              .values("0", Long.toHexString(entry & L1Table.RESERVED_BITS))
              .says("ERROR found L1 entry with reserved bits set: %x", entry));
    }
    if (!pass.isStored(offset, clusterSize)) {
      run.find(
          inL1(CountingPass.behindEof(offset, clusterSize), at, active, times)
              .values(null, "L2 table"));
    }
    if (offset % clusterSize != 0) {
      run.find(
          l1(FindingKind.QCOW2_L1_UNALIGNED, at, active, times)
              .says(
                  "ERROR l2_offset=%x: Table is not cluster aligned; L1 entry corrupted", offset));
    }
  }

  private Finding.Draft l1(FindingKind kind, long at, int active, long times) {
    return inL1(Finding.of(kind), at, active, times);
  }

  private Finding.Draft inL1(Finding.Draft draft, long at, int active, long times) {
    draft.host(at, L1Table.ENTRY_BYTES).times(times);
    if (active >= 0) {
      int bits = image.header().l2CoverageBits();
      draft.guest((long) active << bits, 1L << bits);
    }
    return draft;
  }

  @Override
  public void table(L2Uses.Use use, byte[] bytes, int from) throws IOException {
    int step = image.l2EntryBytes();
    int end = from + (int) clusterSize;
    boolean judged =
        use.active() > 0
            && use.offset() != 0
            && flags.countReadable(use.offset() >>> image.clusterBits());
    entries.in(use);
    statistics.begin(use.active());
    int at = from;
    while (at < end) {
      long entry = Bytes.u64be(bytes, at);
      long bitmap = extended ? Bytes.u64be(bytes, at + L2Tables.ENTRY_BYTES) : 0;
      if ((entry | bitmap) == 0) {
        at += step;
        continue;
      }
      int next = at + step;
      if (L2Tables.compressed(entry)) {
        entries.set((at - from) / step, entry, 1);
        compressed(entry, bitmap);
      } else {
        next = behindRun(bytes, at, end, step, entry, bitmap);
        entries.set((at - from) / step, entry, (next - at) / step);
        standard(entry, bitmap, judged);
      }
      at = next;
    }
  }

  /**
   * Where the entries end that continue one by a cluster each, with the same flags and bitmap. An
   * offset of 0 is none, which nothing continues.
   */
  private int behindRun(byte[] bytes, int at, int end, int step, long entry, long bitmap) {
    int next = at + step;
    long expected = entry + clusterSize;
    boolean begins = L2Tables.hostOffset(entry) != 0;
    while (begins
        && next < end
        && Bytes.u64be(bytes, next) == expected
        && (!extended || Bytes.u64be(bytes, next + L2Tables.ENTRY_BYTES) == bitmap)
        && L2Tables.continues(expected, clusterSize)) {
      next += step;
      expected += clusterSize;
    }
    return next;
  }

  private void standard(long entry, long bitmap, boolean judged) throws IOException {
    if ((entry & L2Tables.RESERVED_BITS) != 0 && pass.first()) {
      run.find(
          entries
              .draft(FindingKind.QCOW2_L2_RESERVED_BITS)
              .values("0", Long.toHexString(entry & L2Tables.RESERVED_BITS))
              .says("ERROR found l2 entry with reserved bits set: %x", entry));
    }
    long offset = L2Tables.hostOffset(entry);
    boolean zero = !extended && L2Tables.zero(entry);
    zeroFlags |= zero;
    if (offset != 0 || (!zero && dataFile && L2Tables.copied(entry))) {
      allocated(offset, zero, bitmap, judged);
    } else if (L2Tables.anyAllocated(bitmap) && pass.first()) {
      run.find(
          entries
              .draft(FindingKind.QCOW2_SUBCLUSTER_UNALLOCATED)
              .says("ERROR: Unallocated cluster has non-zero subcluster allocation map"));
    }
  }

  private void allocated(long offset, boolean zero, long bitmap, boolean judged)
      throws IOException {
    if (judged && !dataFile) {
      flags.judge(entries, offset >>> image.clusterBits());
    } else if (judged) {
      judgeInDataFile();
    }
    if (L2Tables.conflicting(bitmap) && pass.first()) {
      run.find(
          entries
              .draft(FindingKind.QCOW2_SUBCLUSTER_CONFLICT)
              .says(
                  "ERROR offset=%x: Allocated cluster has corrupted subcluster allocation bitmap",
                  offset));
    }
    if (offset % clusterSize != 0 && pass.first()) {
      unaligned(offset, extended ? L2Tables.anyAllocated(bitmap) : !zero);
    }
    statistics.stored(offset, entries.length(), clusterSize);
    if (!dataFile) {
      count(offset);
    }
  }

  /** Clusters of a data file have no counts, and each counts as referred to once. */
  private void judgeInDataFile() {
    if (!L2Tables.copied(entries.entry()) && pass.first()) {
      run.find(
          entries
              .draft(FindingKind.QCOW2_DATA_COPIED_FLAG)
              .times(entries.length() * entries.active())
              .values("copied", "not copied")
              .says("ERROR OFLAG_COPIED data cluster: l2_entry=%x refcount=1", entries.entry()));
    }
  }

  private void unaligned(long offset, boolean data) {
    FindingKind kind =
        data ? FindingKind.QCOW2_DATA_UNALIGNED : FindingKind.QCOW2_PREALLOCATED_UNALIGNED;
    run.find(
        entries
            .draft(kind)
            .says(
                "ERROR offset=%x: %s cluster is not properly aligned; L2 entry corrupted.",
                offset, data ? "Data" : "Preallocated"));
  }

  /** Counts the clusters of a run; one that begins behind the end of the file is not counted. */
  private void count(long offset) {
    long n = entries.length();
    long room = Math.max(0, image.fileEnd() - offset);
    long stored = Math.min(n, (room + clusterSize - 1) >>> image.clusterBits());
    if (stored > 0) {
      long cluster = offset >>> image.clusterBits();
      pass.countClusters(cluster, stored, entries.times());
      if (offset % clusterSize != 0) {
        pass.countClusters(cluster + 1, stored, entries.times());
      }
    }
    if (stored < n && pass.first()) {
      long behind = offset + (stored << image.clusterBits());
      Finding.Draft draft = entries.draft(FindingKind.QCOW2_REGION_BEHIND_EOF, stored, n - stored);
      run.find(CountingPass.behindEof(draft, behind, clusterSize).values(null, "data cluster"));
    }
  }

  private void compressed(long entry, long bitmap) {
    compressed = true;
    long offset = L2Tables.streamOffset(entry, image.clusterBits());
    if (pass.first()) {
      reportCompressed(entry, bitmap, offset);
    }
    if (dataFile || bitmap != 0) {
      return;
    }
    statistics.compressed();
    int length = L2Tables.streamLength(entry, image.clusterBits());
    if (pass.isStored(offset, length)) {
      pass.count(offset, length, entries.times());
    } else if (pass.first()) {
      Finding.Draft draft = entries.draft(FindingKind.QCOW2_REGION_BEHIND_EOF);
      run.find(CountingPass.behindEof(draft, offset, length).values(null, "compressed cluster"));
    }
  }

  private void reportCompressed(long entry, long bitmap, long offset) {
    if (L2Tables.copied(entry)) {
      run.find(
          entries
              .draft(FindingKind.QCOW2_COMPRESSED_COPIED_FLAG)
              .values("not copied", "copied")
              .says(
                  "ERROR: coffset=0x%x: copied flag must never be set for compressed clusters",
                  offset));
    }
    if (dataFile) {
      run.find(
          entries
              .draft(FindingKind.QCOW2_COMPRESSED_IN_DATA_FILE)
              .says(
                  "ERROR compressed cluster %d with data file, entry=0x%x",
                  entries.index(), entry));
    } else if (bitmap != 0) {
      run.find(
          entries
              .draft(FindingKind.QCOW2_COMPRESSED_SUBCLUSTERS)
              .says(
                  "ERROR compressed cluster %d with non-zero subcluster allocation bitmap,"
                      + " entry=0x%x",
                  entries.index(), entry));
    }
  }
}
