package io.diskimage.spark.plan;

import io.diskimage.spark.options.ScanOptions;
import io.diskimage.spark.table.TableKind;
import io.diskimage.spark.table.TableSchemas;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.connector.expressions.aggregate.Aggregation;
import org.apache.spark.sql.connector.expressions.filter.Predicate;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.connector.read.SupportsPushDownAggregates;
import org.apache.spark.sql.connector.read.SupportsPushDownLimit;
import org.apache.spark.sql.connector.read.SupportsPushDownRequiredColumns;
import org.apache.spark.sql.connector.read.SupportsPushDownTableSample;
import org.apache.spark.sql.connector.read.SupportsPushDownV2Filters;
import org.apache.spark.sql.types.StructType;

/** Collects what Spark pushes into a scan. It touches no file. */
public final class ImageScanBuilder
    implements SupportsPushDownV2Filters,
        SupportsPushDownRequiredColumns,
        SupportsPushDownLimit,
        SupportsPushDownTableSample,
        SupportsPushDownAggregates {
  private final ScanOptions options;
  private final TableKind table;
  private final List<Predicate> pushed = new ArrayList<>();
  private RowFilter filter = RowFilters.ALWAYS;
  private RowFilter indexFilter = RowFilters.ALWAYS;
  private boolean filterLeft;
  private StructType readSchema;
  private SampleSpec sample;
  private int limit = -1;
  private AggregateSpec aggregate;

  public ImageScanBuilder(ScanOptions options) {
    this.options = options;
    this.table = options.read().table();
    this.readSchema = TableSchemas.columns(table);
  }

  /** Takes what the executors decide exactly, so that Spark need not look again. */
  @Override
  public Predicate[] pushPredicates(Predicate[] predicates) {
    FilterCompiler compiler = new FilterCompiler(table);
    List<Predicate> left = new ArrayList<>();
    List<RowFilter> taken = new ArrayList<>(List.of(filter));
    for (Predicate predicate : predicates) {
      Optional<RowFilter> compiled = compiler.compile(predicate);
      if (compiled.isPresent()) {
        taken.add(compiled.get());
        pushed.add(predicate);
      } else {
        left.add(predicate);
      }
    }
    filter = RowFilters.and(taken);
    filterLeft |= !left.isEmpty();
    if (options.index() != null && table == TableKind.IMAGES) {
      indexFilter = indexFilter(predicates);
    }
    return left.toArray(Predicate[]::new);
  }

  /** An index knows all columns; what it leaves out nobody has to look at again. */
  private RowFilter indexFilter(Predicate[] predicates) {
    FilterCompiler compiler = FilterCompiler.ofIndex();
    List<RowFilter> known = new ArrayList<>(List.of(indexFilter));
    for (Predicate predicate : predicates) {
      compiler.compile(predicate).ifPresent(known::add);
    }
    return RowFilters.and(known);
  }

  @Override
  public Predicate[] pushedPredicates() {
    return pushed.toArray(Predicate[]::new);
  }

  @Override
  public void pruneColumns(StructType requiredSchema) {
    // By name from our own schema: of a struct Spark may ask for some fields only.
    StructType full = TableSchemas.full(table);
    StructType pruned = new StructType();
    for (String name : requiredSchema.fieldNames()) {
      pruned = pruned.add(full.apply(name));
    }
    readSchema = pruned;
  }

  @Override
  public boolean pushLimit(int rows) {
    limit = rows;
    return true;
  }

  /** Each task stops at the limit; Spark cuts what the tasks give together. */
  @Override
  public boolean isPartiallyPushed() {
    return true;
  }

  /**
   * Samples by hash of path and offset, of the tables that have both. Spark 4.2 asks by another
   * method, which comes here for samples by row; it has no other way to ask for samples of whole
   * partitions, and those are not taken.
   */
  @Override
  @SuppressWarnings("deprecation")
  public boolean pushTableSample(
      double lowerBound, double upperBound, boolean withReplacement, long seed) {
    if (withReplacement || !(table == TableKind.BLOCKS || table == TableKind.EXTENTS)) {
      return false;
    }
    sample = new SampleSpec(lowerBound, upperBound, seed);
    return true;
  }

  @Override
  public boolean supportCompletePushDown(Aggregation aggregation) {
    // An image gives a row per slice.
    return false;
  }

  @Override
  public boolean pushAggregation(Aggregation aggregation) {
    if (table != TableKind.BLOCKS || filterLeft || sample != null || limit >= 0) {
      return false;
    }
    Optional<AggregateCompiler.Compiled> compiled =
        new AggregateCompiler(options.read().mode()).compile(aggregation);
    if (compiled.isEmpty()) {
      return false;
    }
    aggregate = compiled.get().spec();
    readSchema = compiled.get().output();
    return true;
  }

  @Override
  public Scan build() {
    return new ImageScan(
        new ScanPlan(options, readSchema, filter, indexFilter, sample, limit, aggregate));
  }
}
