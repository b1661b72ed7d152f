package io.diskimage.spark.read;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageException;
import io.diskimage.format.SnapshotInfo;
import io.diskimage.format.SnapshotNotFoundException;
import io.diskimage.spark.options.TimeTravel;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The disk of an image as it is, or as it was at an internal snapshot.
 *
 * @param disk the view, which closes with its image
 * @param version id of the snapshot, null for the disk as it is
 * @param created when the snapshot was taken; null for the disk as it is, and if nobody knows
 */
record DiskState(DiskImage disk, String version, Instant created) {

  /**
   * The state of an image that was asked for.
   *
   * @throws SnapshotNotFoundException if the image has no such snapshot
   */
  static DiskState of(DiskImage image, String path, TimeTravel travel) throws IOException {
    if (travel.snapshot() != null) {
      DiskImage then = image.at(travel.snapshot());
      Optional<SnapshotInfo> info = find(image.snapshots(), travel.snapshot());
      // A format may know a state by more names than it lists.
      return new DiskState(
          then,
          info.map(SnapshotInfo::id).orElse(travel.snapshot()),
          info.map(SnapshotInfo::created).orElse(null));
    }
    if (travel.asOfMicros() == null) {
      return new DiskState(image, null, null);
    }
    Instant time = Instant.EPOCH.plus(travel.asOfMicros(), ChronoUnit.MICROS);
    SnapshotInfo newest = null;
    for (SnapshotInfo snapshot : image.snapshots()) {
      if (snapshot.created() != null
          && !snapshot.created().isAfter(time)
          && (newest == null || !snapshot.created().isBefore(newest.created()))) {
        newest = snapshot;
      }
    }
    if (newest == null) {
      throw new SnapshotNotFoundException(
          path, ImageException.NO_OFFSET, "no snapshot was taken by " + time);
    }
    return new DiskState(image.at(newest.id()), newest.id(), newest.created());
  }

  /** By id, then by name, as {@link DiskImage#at} finds it. */
  private static Optional<SnapshotInfo> find(List<SnapshotInfo> snapshots, String wanted) {
    return first(snapshots, SnapshotInfo::id, wanted)
        .or(() -> first(snapshots, SnapshotInfo::name, wanted));
  }

  private static Optional<SnapshotInfo> first(
      List<SnapshotInfo> snapshots, Function<SnapshotInfo, String> key, String wanted) {
    return snapshots.stream().filter(snapshot -> key.apply(snapshot).equals(wanted)).findFirst();
  }
}
