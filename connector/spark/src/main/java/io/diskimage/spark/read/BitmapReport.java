package io.diskimage.spark.read;

import io.diskimage.format.BitmapInfo;
import io.diskimage.format.IoCounters;
import io.diskimage.spark.cache.ImageLease;
import io.diskimage.spark.plan.ImageFile;
import io.diskimage.spark.table.TableKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Rows of {@code bitmaps}, from their directory alone; an image that cannot be read has none. */
final class BitmapReport implements ReportTableReader.Report {
  private final IoCounters io;

  BitmapReport(TaskScan scan) {
    io = scan.io();
  }

  @Override
  public TableKind table() {
    return TableKind.BITMAPS;
  }

  @Override
  public ObjectRow listed(ImageFile file) {
    return new ObjectRow(TableKind.BITMAPS).set("path", file.path());
  }

  @Override
  public List<ObjectRow> rows(ImageFile file, ImageLease lease) throws IOException {
    List<ObjectRow> rows = new ArrayList<>();
    for (BitmapInfo bitmap : lease.image().bitmaps(io)) {
      rows.add(
          listed(file)
              .set("name", bitmap.name())
              .set("granularity", bitmap.granularity())
              .set("enabled", bitmap.enabled())
              .set("in_use", bitmap.inUse()));
    }
    return rows;
  }

  @Override
  public Optional<ObjectRow> failure(ImageFile file, IOException failure) {
    return Optional.empty();
  }
}
