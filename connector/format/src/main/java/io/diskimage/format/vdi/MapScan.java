package io.diskimage.format.vdi;

import io.diskimage.format.Bytes;
import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.EntryPages;
import io.diskimage.format.check.EntryRuns;
import io.diskimage.format.check.UsedBlocks;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * What the block map says, summed up in one pass over it, or in several where the numbers of its
 * blocks do not fit the memory budget at once. Indexes of entries are guest blocks, their values
 * block numbers.
 */
final class MapScan {
  private final VdiHeader header;
  private final BlockPlaces places;
  private final EntryPages map;
  private final long stored;
  private final long diskBlocks;
  private final long budget;
  private final long fileLength;

  private final EntryRuns tooLarge;
  private final EntryRuns duplicates;
  private final EntryRuns behindEof;
  private final EntryRuns cutByEof;
  private final EntryRuns behindDisk;
  private final EntryRuns unused;
  private long allocated;
  private long numbers;
  private long highestStored = -1;
  private long displaced;
  private long firstDisplaced = -1;
  private long hiddenBytes;
  private boolean first = true;
  private boolean complete;
  private UsedBlocks window;

  /** Takes equal entries side by side. */
  private interface Entries {
    void take(long index, long count, long entry);
  }

  MapScan(CheckRun run, VdiHeader header, BlockPlaces places) {
    this.header = header;
    this.places = places;
    // Behind the end of the file every entry reads as block 0 (vdi.md section 2 row 14).
    this.stored =
        Math.min(
            header.blocksInImage(),
            Math.max(0, run.input().sectorLength() - header.offsetBmap()) / BlockTable.ENTRY_BYTES);
    this.map = new EntryPages(run, header.offsetBmap(), stored, BlockTable.ENTRY_BYTES);
    this.diskBlocks = (header.diskSize() + header.blockSize() - 1) / header.blockSize();
    this.budget = run.memoryBudget();
    this.fileLength = run.input().length();
    this.tooLarge = new EntryRuns(run);
    this.duplicates = new EntryRuns(run);
    this.behindEof = new EntryRuns(run);
    this.cutByEof = new EntryRuns(run);
    this.behindDisk = new EntryRuns(run);
    this.unused = new EntryRuns(run);
  }

  void scan() throws IOException {
    // No block has a higher number, or one that it could share.
    long limit = Math.min(Math.max(header.blocksInImage(), places.started()), BlockTable.DISCARDED);
    long from = 0;
    do {
      long to = Math.min(limit, from + UsedBlocks.window(budget));
      window = new UsedBlocks(from, to);
      forEach(header.blocksInImage(), this::take);
      window.unused(
          highestStored, (block, length) -> unused.add(block, length, BlockTable.DISCARDED));
      first = false;
      from = to;
    } while (from < numbers);
    window = null;
    complete = true;
  }

  /** Whether the whole map was read. */
  boolean isComplete() {
    return complete;
  }

  private void forEach(long end, Entries entries) throws IOException {
    map.read(
        end,
        (index, bytes, count) -> {
          for (int i = 0; i < count; i++) {
            entries.take(index + i, 1, Bytes.u32le(bytes, i * BlockTable.ENTRY_BYTES));
          }
        });
    if (end > stored) {
      entries.take(stored, end - stored, 0);
    }
  }

  private void take(long index, long count, long entry) {
    if (first) {
      tally(index, count, entry);
    }
    if (entry < BlockTable.DISCARDED && window.covers(entry)) {
      use(index, count, entry);
    }
  }

  private void tally(long index, long count, long entry) {
    long inPlace = index <= entry && entry < index + count ? 1 : 0;
    if (count > inPlace && firstDisplaced < 0) {
      firstDisplaced = inPlace == 1 && entry == index ? index + 1 : index;
    }
    displaced += count - inPlace;
    if (entry >= BlockTable.DISCARDED) {
      return;
    }
    boolean valid = entry < header.blocksInImage();
    if (valid) {
      allocated += count;
    } else {
      tooLarge.add(index, count, entry);
    }
    if (entry < places.started()) {
      highestStored = Math.max(highestStored, entry);
    }
    if (valid && entry >= places.started()) {
      behindEof.add(index, count, entry);
    } else if (valid && entry >= places.whole()) {
      cutByEof.add(index, count, entry);
    }
    if (valid || entry < places.started()) {
      numbers = Math.max(numbers, entry + 1);
    }
    long behind = Math.min(count, index + count - diskBlocks);
    if (behind > 0) {
      behindDisk.add(index + count - behind, behind, entry);
    }
  }

  private void use(long index, long count, long entry) {
    boolean fresh = window.use(entry);
    // QEMU counts numbers that are too large as such only.
    if (entry < header.blocksInImage() && (count > 1 || !fresh)) {
      duplicates.add(fresh ? index + 1 : index, fresh ? count - 1 : count, entry);
    }
    if (fresh && index >= diskBlocks && entry < places.started()) {
      long place = places.place(entry);
      hiddenBytes += Math.min(places.stride(), Math.max(0, fileLength - place));
    }
  }

  /** The guest block that uses a number first, for the numbers of the duplicates that are kept. */
  Map<Long, Long> firstUsers() throws IOException {
    Map<Long, Long> users = new HashMap<>();
    long end = 0;
    for (EntryRuns.Run run : duplicates.runs()) {
      users.put(run.value(), -1L);
      end = run.first();
    }
    if (end > 0) {
      forEach(
          end,
          (index, count, entry) -> {
            Long user = users.get(entry);
            if (user != null && user < 0) {
              users.put(entry, index);
            }
          });
    }
    return users;
  }

  /** Host offset of an entry. */
  long place(long index) {
    return map.place(index);
  }

  /** Entries whose number is below the number of blocks. */
  long allocated() {
    return allocated;
  }

  /** Highest block in use of which the file has a part, or -1. */
  long highestStored() {
    return highestStored;
  }

  /** Entries that are not their own index. */
  long displaced() {
    return displaced;
  }

  /** The first of {@link #displaced}. */
  long firstDisplaced() {
    return firstDisplaced;
  }

  /** Bytes of the file that only entries behind the disk use. */
  long hiddenBytes() {
    return hiddenBytes;
  }

  EntryRuns tooLarge() {
    return tooLarge;
  }

  EntryRuns duplicates() {
    return duplicates;
  }

  /** Entries below the number of blocks whose block begins behind the end of the file. */
  EntryRuns behindEof() {
    return behindEof;
  }

  /** Entries below the number of blocks whose block is cut by the end of the file. */
  EntryRuns cutByEof() {
    return cutByEof;
  }

  EntryRuns behindDisk() {
    return behindDisk;
  }

  /** Blocks of the file below the highest in use that no entry uses; their value says nothing. */
  EntryRuns unused() {
    return unused;
  }
}
