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
import java.util.function.Function;

/**
 * The disk of an image as it is, or as it was at an internal snapshot.
 *
 * @param disk the view, which closes with its image
 * @param snapshot null for the disk as it is
 */
record DiskState(DiskImage disk, SnapshotInfo snapshot) {

  /**
   * The state of an image that was asked for.
   *
   * @throws SnapshotNotFoundException if the image has no such snapshot
   */
  static DiskState of(DiskImage image, String path, TimeTravel travel) throws IOException {
    if (travel.snapshot() != null) {
      DiskImage then = image.at(travel.snapshot());
      return new DiskState(then, find(image.snapshots(), travel.snapshot()));
    }
    if (travel.asOfMicros() == null) {
      return new DiskState(image, null);
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
    return new DiskState(image.at(newest.id()), newest);
  }

  /** By id, then by name, as {@link DiskImage#at} finds it. */
  private static SnapshotInfo find(List<SnapshotInfo> snapshots, String wanted) {
    for (Function<SnapshotInfo, String> key :
        List.<Function<SnapshotInfo, String>>of(SnapshotInfo::id, SnapshotInfo::name)) {
      for (SnapshotInfo snapshot : snapshots) {
        if (key.apply(snapshot).equals(wanted)) {
          return snapshot;
        }
      }
    }
    throw new IllegalStateException("a view of snapshot '" + wanted + "', which is not listed");
  }
}
