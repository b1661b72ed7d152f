package io.diskimage.spark.read;

import io.diskimage.format.BitmapInfo;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageException;
import io.diskimage.format.IoCounters;
import io.diskimage.spark.cache.ImageLease;
import io.diskimage.spark.plan.ImageFile;
import io.diskimage.spark.table.TableKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rows of {@code bitmaps}, from their directory; their bits are read if they are asked for. An
 * image that cannot be read has none.
 */
final class BitmapReport implements ReportTableReader.Report {
  private static final Logger LOG = LoggerFactory.getLogger(BitmapReport.class);

  private static final String DIRTY_BYTES = "dirty_bytes";

  /** Bitmaps of an image whose bits are counted: no disk is backed up in so many ways. */
  private static final int MAX_COUNTED = 100;

  private final IoCounters io;
  private final boolean counts;

  BitmapReport(TaskScan scan) {
    io = scan.io();
    counts = Arrays.asList(scan.spec().readSchema().fieldNames()).contains(DIRTY_BYTES);
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
      boolean counted = counts && rows.size() < MAX_COUNTED;
      rows.add(
          listed(file)
              .set("name", bitmap.name())
              .set("granularity", bitmap.granularity())
              .set("enabled", bitmap.enabled())
              .set("in_use", bitmap.inUse())
              .set(DIRTY_BYTES, counted ? dirtyBytes(file, lease.image(), bitmap) : null));
    }
    return rows;
  }

  /** Null where the bits are stale, or cannot be read. */
  private Long dirtyBytes(ImageFile file, DiskImage image, BitmapInfo bitmap) throws IOException {
    if (Boolean.TRUE.equals(bitmap.inUse())) {
      return null;
    }
    try {
      return image.dirtyRanges(bitmap.name(), 0, image.virtualSize(), io).dirtyBytes();
    } catch (ImageException broken) {
      String reason = Failures.named(file.path(), broken).getMessage();
      LOG.warn("A bitmap cannot be read: {}", reason);
      return null;
    }
  }

  @Override
  public Optional<ObjectRow> failure(ImageFile file, IOException failure) {
    return Optional.empty();
  }
}
