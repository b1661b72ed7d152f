package io.diskimage.format.parallels;

import io.diskimage.format.Bytes;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Limits;
import io.diskimage.format.table.EntryTable;
import io.diskimage.format.table.OnePage;
import io.diskimage.format.write.BlockSpace;
import java.io.IOException;

/**
 * The clusters of a file that is written: where they lie, and which are in use (parallels.md
 * sections 1.2 and 5.2).
 */
final class ClusterSpace {
  private static final int SECTOR = 512;

  private final ImageTarget target;
  private final ParallelsHeader header;
  private final Preallocation preallocation;
  private final BlockSpace space = new BlockSpace();

  /** Sectors of the file when it was opened. */
  private final long fileSectors;

  private long dataStart;

  private ClusterSpace(ImageTarget target, ParallelsHeader header, Preallocation preallocation) {
    this.target = target;
    this.header = header;
    this.preallocation = preallocation;
    this.fileSectors = target.sectorLength() / SECTOR;
    this.dataStart = header.dataStart(fileSectors);
  }

  /**
   * Takes the clusters of the table as used.
   *
   * @throws CorruptImageException by row 16 of parallels.md section 2, and if clusters overlap
   */
  static ClusterSpace takeStock(
      ImageTarget target,
      ParallelsHeader header,
      Preallocation preallocation,
      Limits limits,
      IoCounters io)
      throws IOException {
    ClusterSpace taken = new ClusterSpace(target, header, preallocation);
    taken.takeTable(new OnePage(target, limits), io);
    return taken;
  }

  private void takeTable(OnePage source, IoCounters io) throws IOException {
    boolean settled = header.isDataOffPlausible(fileSectors);
    boolean byTable = !header.isExtended() && header.dataOff() == 0;
    boolean whole =
        target.length() >= ParallelsHeader.BYTES + header.batEntries() * BlockTable.ENTRY_BYTES;
    if (!whole
        || (!settled && !byTable)
        || (header.isExtended() && dataStart % header.tracks() != 0)) {
      throw needsCheck(48);
    }
    EntryTable stored =
        new EntryTable(source, ParallelsHeader.BYTES, header.batEntries(), BlockTable.ENTRY_BYTES);
    boolean first = byTable;
    for (long index = 0; index < stored.entries(); ) {
      byte[] page = stored.page(index, io);
      long start = index;
      for (long end = stored.pageEnd(start); index < end; index++) {
        long entry = Bytes.u32le(page, (int) (index - start) * BlockTable.ENTRY_BYTES);
        if (entry == 0) {
          continue;
        }
        long sector = entry * header.entryUnit();
        if (first && sector >= dataStart) {
          // Drivers differ in where the clusters of such an image begin.
          dataStart += (sector - dataStart) % header.tracks();
          first = false;
        }
        long namedAt = stored.hostOffset() + index * BlockTable.ENTRY_BYTES;
        if ((sector - dataStart) % header.tracks() != 0) {
          throw needsCheck(namedAt);
        }
        reserve(namedAt, sector);
      }
    }
  }

  /**
   * Takes a cluster of the file as used, whose place need not be that of one in the table.
   *
   * @param namedAt host offset of the field that names it
   * @param sector of the cluster, unsigned
   * @throws CorruptImageException if it does not lie among the data, or is shared
   */
  void reserve(long namedAt, long sector) throws CorruptImageException {
    if (Long.compareUnsigned(sector, fileSectors) > 0
        || sector < dataStart
        || sector + header.tracks() > fileSectors) {
      throw needsCheck(namedAt);
    }
    long last = (sector + header.tracks() - 1 - dataStart) / header.tracks();
    for (long place = (sector - dataStart) / header.tracks(); place <= last; place++) {
      if (!space.use(place)) {
        throw needsCheck(namedAt);
      }
    }
  }

  private CorruptImageException needsCheck(long hostOffset) {
    return new CorruptImageException(
        target.location(), hostOffset, "Could not repair corrupted image");
  }

  /** Takes free clusters side by side, at most {@code most}; the file reaches to their end. */
  BlockSpace.Run take(long most) throws IOException {
    BlockSpace.Run run = space.take(most);
    try {
      if (hostOffset(run.end()) > target.length()) {
        preallocation.grow(target, hostOffset(run.end()), header.clusterBytes());
      }
    } catch (IOException notGrown) {
      space.giveBack(run);
      throw notGrown;
    }
    return run;
  }

  /** Gives back what was taken and never named in the file. */
  void giveBack(BlockSpace.Run run) {
    space.giveBack(run);
  }

  /** Whether clusters up to this one can be given up. */
  boolean tracks(long cluster) {
    return space.tracks(cluster);
  }

  /** Gives up clusters that the table in memory no longer names. */
  void giveUp(BlockSpace.Run run) {
    space.giveUp(run);
  }

  /** The table in the file no longer names what was given up. */
  void commit() {
    space.commit();
  }

  /** Host offset of a cluster. */
  long hostOffset(long cluster) {
    return (dataStart + cluster * header.tracks()) * SECTOR;
  }

  /** The cluster at a host offset. */
  long cluster(long hostOffset) {
    return (hostOffset / SECTOR - dataStart) / header.tracks();
  }

  /** Host offset behind the last cluster in use. */
  long end() {
    return hostOffset(space.end());
  }
}
