package io.diskimage.spark.read;

import io.diskimage.spark.index.IndexRow;
import io.diskimage.spark.index.KnownFiles;
import io.diskimage.spark.index.KnownRows;
import io.diskimage.spark.metrics.ScanMetric;
import io.diskimage.spark.plan.ImageFile;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Rows of {@code images} that an index has. */
final class IndexedReports implements ReportTableReader.KnownReports {
  private static final Logger LOG = LoggerFactory.getLogger(IndexedReports.class);

  private final TaskScan scan;
  private final KnownRows rows;
  private final boolean readsTables;
  private boolean broken;

  IndexedReports(TaskScan scan, KnownFiles known) {
    this.scan = scan;
    this.rows =
        new KnownRows(
            known,
            List.of(scan.spec().readSchema().fieldNames()),
            scan.spec().hadoopConf().value());
    this.readsTables = ImageReport.readsTables(scan.spec().readSchema());
  }

  @Override
  public Optional<ObjectRow> next(ImageFile file) throws IOException {
    Optional<IndexRow> row = rows.next(file);
    if (row.isPresent()) {
      scan.count(ScanMetric.IMAGES_INDEXED, 1);
    } else if (!broken) {
      broken = true;
      scan.count(ScanMetric.INDEX_PROBLEMS, 1);
    }
    return row.map(known -> known.shown(readsTables));
  }

  /** Nothing depends on it any more when it closes. */
  @Override
  public void close() {
    try {
      rows.close();
    } catch (IOException unclosed) {
      LOG.warn("A file of an index does not close", unclosed);
    }
  }
}
