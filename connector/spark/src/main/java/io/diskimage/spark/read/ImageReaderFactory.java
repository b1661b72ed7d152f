package io.diskimage.spark.read;

import io.diskimage.spark.cache.ImageCache;
import io.diskimage.spark.plan.ImagePartition;
import io.diskimage.spark.plan.ImageSlice;
import io.diskimage.spark.plan.ScanSpec;
import java.util.List;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/** Makes the readers of a scan; all of them give batches of columns. */
public final class ImageReaderFactory implements PartitionReaderFactory {
  private static final long serialVersionUID = 1L;

  private final Broadcast<ScanSpec> spec;

  public ImageReaderFactory(Broadcast<ScanSpec> spec) {
    this.spec = spec;
  }

  @Override
  public boolean supportColumnarReads(InputPartition partition) {
    return true;
  }

  @Override
  public PartitionReader<ColumnarBatch> createColumnarReader(InputPartition partition) {
    ImagePartition images = (ImagePartition) partition;
    return images.known() == null
        ? reader(spec.value(), images.slices())
        : indexed(new TaskScan(spec.value(), ImageCache.get()), images);
  }

  private static TableReader indexed(TaskScan scan, ImagePartition images) {
    return new ReportTableReader(
        scan, images.slices(), new ImageReport(scan), new IndexedReports(scan, images.known()));
  }

  static TableReader reader(ScanSpec spec, List<ImageSlice> slices) {
    TaskScan scan = new TaskScan(spec, ImageCache.get());
    return switch (scan.options().table()) {
      case BLOCKS ->
          scan.spec().aggregate() == null
              ? new BlockTableReader(scan, slices)
              : new BlockAggregateReader(scan, slices);
      case EXTENTS -> new ExtentTableReader(scan, slices);
      case IMAGES -> new ReportTableReader(scan, slices, new ImageReport(scan));
      case SNAPSHOTS -> new ReportTableReader(scan, slices, new SnapshotReport());
      case BITMAPS -> new ReportTableReader(scan, slices, new BitmapReport(scan));
      case REFERENCES -> new ReportTableReader(scan, slices, new ReferenceReport(scan));
      case FINDINGS -> new CheckTableReader(scan, slices, new FindingRows(scan));
      case CHECKS -> new CheckTableReader(scan, slices, new CheckRows(scan));
    };
  }

  @Override
  public PartitionReader<InternalRow> createReader(InputPartition partition) {
    throw new UnsupportedOperationException("every scan of disk images is columnar");
  }
}
