package io.diskimage.spark.read;

import io.diskimage.format.SnapshotInfo;
import io.diskimage.spark.cache.ImageLease;
import io.diskimage.spark.plan.ImageFile;
import io.diskimage.spark.table.TableKind;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Rows of {@code snapshots}; an image that cannot be read has none. */
final class SnapshotReport implements ReportTableReader.Report {
  @Override
  public TableKind table() {
    return TableKind.SNAPSHOTS;
  }

  @Override
  public ObjectRow listed(ImageFile file) {
    return new ObjectRow(TableKind.SNAPSHOTS).set("path", file.path());
  }

  @Override
  public List<ObjectRow> rows(ImageFile file, ImageLease lease) throws IOException {
    List<ObjectRow> rows = new ArrayList<>();
    for (SnapshotInfo snapshot : lease.image().snapshots()) {
      Instant created = snapshot.created();
      rows.add(
          listed(file)
              .set("id", snapshot.id())
              .set("name", snapshot.name())
              .set(
                  "created",
                  created == null ? null : ChronoUnit.MICROS.between(Instant.EPOCH, created))
              .set("vm_clock_ns", snapshot.vmClockNs())
              .set("vm_state_size", snapshot.vmStateSize())
              .set("virtual_size", snapshot.virtualSize())
              .set("icount", snapshot.icount()));
    }
    return rows;
  }

  @Override
  public Optional<ObjectRow> failure(ImageFile file, IOException failure) {
    return Optional.empty();
  }
}
