package io.diskimage.spark.read;

import io.diskimage.format.ClusterReader;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.Slicer;
import io.diskimage.spark.metrics.ScanMetric;
import io.diskimage.spark.options.ReadMode;
import io.diskimage.spark.plan.ImageSlice;
import io.diskimage.spark.plan.RowFilter;
import java.io.IOException;
import java.util.List;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/** Rows of {@code blocks}. */
final class BlockTableReader extends TableReader {
  private final BlockBatch batch;
  private final BlockData data;

  private BlockRow row;
  private BlockScan blocks;
  private String path;
  private SliceImage image;
  private ClusterReader reader;

  /** Adds the parts of a mixed block as pieces of the next row. */
  private final class MixedPieces implements BlockWalk.MixedParts {
    private int before;

    @Override
    public void begin() {
      before = data.pieces().size();
    }

    @Override
    public void add(ExtentCursor run, long guestOffset, int length, int blockOffset) {
      data.pieces().add(run, guestOffset, length, batch.rows(), blockOffset);
    }

    @Override
    public void drop() {
      data.pieces().truncate(before);
    }
  }

  BlockTableReader(TaskScan scan, List<ImageSlice> slices) {
    super(scan, slices);
    batch = new BlockBatch(scan, MAX_ROWS);
    data = batch.data();
  }

  @Override
  void clear() {
    batch.clear();
  }

  @Override
  int rows() {
    return batch.rows();
  }

  /** Data is loaded late, from the image of the slice. */
  @Override
  boolean takesAnotherImage() {
    return data == null || data.storedRows() == 0;
  }

  @Override
  boolean start(ImageSlice slice) throws IOException {
    path = slice.file().path();
    RowFilter filter = scan().spec().filter().forPath(path);
    if (filter.isNever()) {
      return false;
    }
    row = new BlockRow(slice.file(), scan().options().unallocated());
    blocks = new BlockScan(scan(), slice.file(), filter, row);
    image = SliceImage.open(scan(), slice);
    if (data == null) {
      blocks.start(image, Slicer.Share.TABLES, null);
    } else {
      reader = image.disk().reader(scan().io());
      data.image(path, reader);
      blocks.start(image, Slicer.Share.DATA, new MixedPieces());
    }
    return true;
  }

  @Override
  boolean fill(int maxRows) throws IOException {
    while (batch.rows() < maxRows && batch.fits(blocks.maxBlockLength())) {
      if (!blocks.hasBlock() && !blocks.nextStretch()) {
        return false;
      }
      if (blocks.stretch().mixed()) {
        addMixed();
      } else {
        addStretch(maxRows);
      }
    }
    return true;
  }

  private void addMixed() {
    long offset = blocks.position();
    boolean wanted = blocks.nextBlock();
    if (wanted) {
      int added = batch.add(row, offset, (int) (blocks.position() - offset));
      batch.describe(added, row);
    } else {
      scan().count(ScanMetric.BLOCKS_SKIPPED, 1);
      blocks.stretch().drop();
    }
  }

  private void addStretch(int maxRows) {
    int first = batch.rows();
    long skipped = 0;
    boolean stored = data != null && row.stored();
    while (blocks.hasBlock() && batch.rows() < maxRows && batch.fits(blocks.maxBlockLength())) {
      long offset = blocks.position();
      if (!blocks.nextBlock()) {
        skipped++;
        continue;
      }
      int length = (int) (blocks.position() - offset);
      int added = batch.add(row, offset, length);
      if (stored) {
        data.pieces().add(blocks.stretch().run(), offset, length, added, 0);
      }
    }
    batch.describe(first, row);
    if (skipped > 0) {
      scan().count(ScanMetric.BLOCKS_SKIPPED, skipped);
    }
  }

  @Override
  void failed(ImageSlice slice, IOException failure) throws IOException {
    if (scan().options().mode() == ReadMode.FAILFAST) {
      throw Failures.named(path, failure);
    }
    if (scan().options().mode() == ReadMode.PERMISSIVE
        && slice.index() == 0
        && blocks.wantsFailedImage(failure)) {
      batch.addFailedImage(row);
    }
  }

  @Override
  void distrust() {
    if (image != null) {
      image.distrust();
    }
  }

  @Override
  ColumnarBatch finish() throws IOException {
    return batch.finish(path);
  }

  @Override
  void leave() {
    if (reader != null) {
      reader.close();
      reader = null;
    }
    if (image != null) {
      image.close();
      image = null;
    }
  }
}
