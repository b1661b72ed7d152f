package io.diskimage.spark.options;

import io.diskimage.format.Limits;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.spark.table.TableKind;
import java.io.Serializable;
import java.util.Map;

/**
 * What a scan needs to know of its options, parsed and checked.
 *
 * @param table which table
 * @param imageFormat driver name, or null to detect
 * @param probeFooter look at the last sector of every file
 * @param blockSize bytes, 0 for the image's own default
 * @param unallocated what blocks that read as zero look like
 * @param chain whether layers below an image are read
 * @param snapshot internal snapshot by id or name, null for the active disk
 * @param snapshotAsOfMicros newest snapshot not after this time in microseconds since the epoch,
 *     null for none
 * @param changesFrom the state that the one above is compared with: what has not changed since is
 *     left out; null for no comparison
 * @param bitmap persistent bitmap whose runs are read in place of the disk's, null for none
 * @param mode what a problem does
 * @param level how deep a check goes
 * @param limits bounds of what an image may take
 * @param maxPartitionBytes largest weight of a task
 * @param openCostInBytes weight of opening a file
 * @param maxPartitions bound of the number of tasks
 * @param formatOptions options that a driver understands ({@code vhdSize}), handed through
 * @param passwordProvider pattern of the aliases by which passphrases of encrypted images are found
 *     in a credential provider, null for none
 */
public record ReadOptions(
    TableKind table,
    String imageFormat,
    boolean probeFooter,
    int blockSize,
    UnallocatedMode unallocated,
    ChainMode chain,
    String snapshot,
    Long snapshotAsOfMicros,
    TimeTravel changesFrom,
    String bitmap,
    ReadMode mode,
    CheckLevel level,
    Limits limits,
    long maxPartitionBytes,
    long openCostInBytes,
    int maxPartitions,
    Map<String, String> formatOptions,
    String passwordProvider)
    implements Serializable {
  public ReadOptions {
    formatOptions = Map.copyOf(formatOptions);
  }

  /** The state of the images that is read. */
  public TimeTravel state() {
    return new TimeTravel(snapshot, snapshotAsOfMicros);
  }
}
