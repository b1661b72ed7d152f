package io.diskimage.spark.read;

import io.diskimage.format.Slicer;
import io.diskimage.spark.options.ReadMode;
import io.diskimage.spark.options.UnallocatedMode;
import io.diskimage.spark.plan.AggregateSpec;
import io.diskimage.spark.plan.ImageSlice;
import io.diskimage.spark.plan.RowFilter;
import io.diskimage.spark.vector.ObjectVector;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/**
 * Partial aggregates over {@code blocks} from metadata: by arithmetic over stretches, block by
 * block only where a condition looks at the place of a block. What does not depend on the mapping
 * follows from the header, and the first slice answers for the whole disk.
 */
final class BlockAggregateReader extends TableReader {
  /** Rows that one slice can add: the values of {@code allocated}. */
  private static final int MAX_GROUPS = 3;

  private final AggregateSpec spec;
  private final boolean headerOnly;
  private final boolean byBlock;
  private final boolean byPath;
  private final ObjectVector[] columns;
  private final Map<List<Object>, BlockAggregates> groups = new LinkedHashMap<>();
  private int rows;

  private BlockRow row;
  private BlockScan blocks;
  private SliceImage image;

  BlockAggregateReader(TaskScan scan, List<ImageSlice> slices) {
    super(scan, slices);
    spec = scan.spec().aggregate();
    headerOnly =
        scan.options().mode() != ReadMode.DROPMALFORMED
            && scan.options().changesFrom() == null
            && scan.options().unallocated() != UnallocatedMode.SKIP
            && !looksAt(BlockAggregateReader::dependsOnMapping);
    byBlock =
        spec.functions().stream()
            .map(AggregateSpec.Function::condition)
            .anyMatch(condition -> condition != null && BlockScan.needsPlace(condition));
    byPath = spec.groupBy().contains(BlockColumns.PATH);
    StructType schema = scan.spec().readSchema();
    columns = new ObjectVector[schema.length()];
    for (int i = 0; i < columns.length; i++) {
      columns[i] = new ObjectVector(schema.apply(i).dataType(), MAX_ROWS + MAX_GROUPS);
    }
  }

  private static boolean dependsOnMapping(int column) {
    return column >= BlockColumns.ALLOCATED;
  }

  /** Whether the aggregation or the filter needs a column of a kind. */
  private boolean looksAt(IntPredicate kind) {
    for (int column = 0; column <= BlockColumns.ERROR; column++) {
      if (kind.test(column) && looksAt(column)) {
        return true;
      }
    }
    return false;
  }

  private boolean looksAt(int column) {
    return spec.groupBy().contains(column)
        || scan().spec().filter().references(column)
        || spec.functions().stream()
            .anyMatch(
                function ->
                    function.column() == column
                        || (function.condition() != null
                            && function.condition().references(column)));
  }

  @Override
  void clear() {
    rows = 0;
  }

  @Override
  int rows() {
    return rows;
  }

  @Override
  boolean takesAnotherImage() {
    return true;
  }

  @Override
  boolean start(ImageSlice slice) throws IOException {
    RowFilter filter = scan().spec().filter().forPath(slice.file().path());
    if (filter.isNever() || (headerOnly && slice.index() > 0)) {
      return false;
    }
    row = new BlockRow(slice.file(), scan().options().unallocated());
    blocks = new BlockScan(scan(), slice.file(), filter, row);
    image = SliceImage.open(scan(), slice);
    if (headerOnly) {
      blocks.startPlaces(image.disk());
    } else {
      blocks.start(image, Slicer.Share.TABLES, null);
    }
    return true;
  }

  @Override
  boolean fill(int maxRows) throws IOException {
    while (blocks.hasBlock() || blocks.nextStretch()) {
      if (blocks.choosesBlocks() || byBlock) {
        while (blocks.hasBlock()) {
          if (blocks.nextBlock()) {
            group().add(row);
          }
        }
      } else {
        group().addStretch(row, blocks);
        blocks.skipStretch();
      }
    }
    if (byPath) {
      show();
    }
    return false;
  }

  private BlockAggregates group() {
    List<Object> key = new ArrayList<>(spec.groupBy().size());
    for (int column : spec.groupBy()) {
      key.add(
          column == BlockColumns.PATH
              ? row.path()
              : row.isNull(column) ? null : (Object) row.getBoolean(column));
    }
    return groups.computeIfAbsent(key, any -> new BlockAggregates(spec.functions()));
  }

  @Override
  void failed(ImageSlice slice, IOException failure) throws IOException {
    if (scan().options().mode() == ReadMode.FAILFAST) {
      throw Failures.named(slice.file().path(), failure);
    }
    if (scan().options().mode() == ReadMode.PERMISSIVE
        && slice.index() == 0
        && blocks.wantsFailedImage(failure)) {
      group().add(row);
    }
    if (byPath) {
      show();
    }
  }

  /**
   * Without groups there is a row even if there are no blocks: Spark's sum of partial counts is
   * NULL over no rows at all.
   */
  @Override
  void atEnd() {
    if (spec.groupBy().isEmpty()) {
      groups.computeIfAbsent(List.of(), any -> new BlockAggregates(spec.functions()));
    }
    show();
  }

  private void show() {
    groups.forEach(
        (key, values) -> {
          int column = 0;
          for (Object part : key) {
            columns[column++].set(rows, part);
          }
          for (int i = 0; i < spec.functions().size(); i++) {
            columns[column++].set(rows, values.value(i));
          }
          rows++;
        });
    groups.clear();
  }

  @Override
  void distrust() {
    if (image != null) {
      image.distrust();
    }
  }

  @Override
  ColumnarBatch finish() {
    for (ObjectVector column : columns) {
      column.setRows(rows);
    }
    ColumnVector[] shown = columns.clone();
    return new ColumnarBatch(shown, rows);
  }

  @Override
  void leave() {
    if (image != null) {
      image.close();
      image = null;
    }
  }
}
