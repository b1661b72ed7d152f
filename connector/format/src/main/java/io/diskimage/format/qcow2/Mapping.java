package io.diskimage.format.qcow2;

import io.diskimage.format.AllocationSummary;
import io.diskimage.format.IoCounters;
import io.diskimage.format.table.EntryTable;
import io.diskimage.format.table.TableSource;
import java.io.IOException;

/**
 * What translating a guest offset needs: the L1 table of the active disk or of a snapshot, and the
 * properties that give entries their meaning. Stateless over its tables.
 *
 * @param location file name for messages
 * @param fileEnd length of the file, rounded up to sectors
 * @param backed whether what has no entry may lie in a backing file
 */
record Mapping(
    String location,
    long fileEnd,
    TableSource tables,
    EntryTable l1,
    int clusterBits,
    boolean version2,
    boolean extendedL2,
    boolean dataFile,
    boolean encrypted,
    boolean backed) {

  static Mapping of(
      Qcow2Header header,
      String location,
      long fileEnd,
      TableSource tables,
      long l1Offset,
      long l1Size,
      boolean backed) {
    return new Mapping(
        location,
        fileEnd,
        tables,
        new EntryTable(tables, l1Offset, l1Size, L1Table.ENTRY_BYTES),
        (int) header.clusterBits(),
        header.version() == 2,
        header.extendedL2(),
        header.dataFile(),
        header.cryptMethod() != Qcow2Header.CRYPT_NONE,
        backed);
  }

  int l2EntryBytes() {
    return extendedL2 ? L2Tables.EXTENDED_ENTRY_BYTES : L2Tables.ENTRY_BYTES;
  }

  long clusterSize() {
    return 1L << clusterBits;
  }

  /** Entries of an L2 table. */
  int l2Entries() {
    return (1 << clusterBits) / l2EntryBytes();
  }

  /** Guest bytes one L2 table maps. */
  long l2Coverage() {
    return (long) l2Entries() << clusterBits;
  }

  /**
   * Adds the guest ranges that have an L2 table, up to the first page of the L1 table that cannot
   * be read.
   *
   * @return how many they are
   */
  long addMapped(AllocationSummary.Builder counted, long virtualSize, IoCounters io) {
    long coverage = l2Coverage();
    L1Table tablesOfL2 = new L1Table(l1, io);
    long tables = 0;
    try {
      for (long index = 0; index < l1.entries() && index * coverage < virtualSize; index++) {
        if (tablesOfL2.l2Offset(index) != 0) {
          counted.add(index * coverage, Math.min(coverage, virtualSize - index * coverage));
          tables++;
        }
      }
    } catch (IOException unreadable) {
      counted.fail(unreadable);
    }
    return tables;
  }

  EntryTable l2At(long hostOffset) {
    return new EntryTable(tables, hostOffset, l2Entries(), l2EntryBytes());
  }
}
