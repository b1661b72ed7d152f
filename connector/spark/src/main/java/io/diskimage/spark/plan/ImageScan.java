package io.diskimage.spark.plan;

import io.diskimage.spark.metrics.ScanMetric;
import io.diskimage.spark.metrics.ScanMetrics;
import io.diskimage.spark.options.ChainMode;
import io.diskimage.spark.table.TableKind;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.connector.expressions.Expressions;
import org.apache.spark.sql.connector.expressions.NamedReference;
import org.apache.spark.sql.connector.expressions.filter.Predicate;
import org.apache.spark.sql.connector.metric.CustomMetric;
import org.apache.spark.sql.connector.metric.CustomTaskMetric;
import org.apache.spark.sql.connector.read.Batch;
import org.apache.spark.sql.connector.read.Statistics;
import org.apache.spark.sql.connector.read.SupportsReportStatistics;
import org.apache.spark.sql.connector.read.SupportsRuntimeV2Filtering;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.types.StructType;

/**
 * A planned scan. Files are listed when statistics or partitions are first asked for, once; no
 * image is opened here.
 */
final class ImageScan implements SupportsReportStatistics, SupportsRuntimeV2Filtering {
  private static final long ROW_SIZE = 1024;

  private static final Set<TableKind> UNKNOWN_SIZE =
      EnumSet.of(TableKind.BLOCKS, TableKind.EXTENTS, TableKind.FINDINGS);

  private static final Set<TableKind> ROW_PER_FILE = EnumSet.of(TableKind.IMAGES, TableKind.CHECKS);

  private final ScanPlan plan;
  private final SparkContextAccess spark = new SparkContextAccess();
  private FileListing.Listing listing;
  private List<ListedFile> files;
  private IndexMatch index;
  private Broadcast<ScanSpec> spec;
  private RowFilter runtimeFilter = RowFilters.ALWAYS;

  ImageScan(ScanPlan plan) {
    this.plan = plan;
  }

  @Override
  public StructType readSchema() {
    return plan.readSchema();
  }

  @Override
  public String description() {
    return plan.describe();
  }

  @Override
  public ColumnarSupportMode columnarSupportMode() {
    // The default would plan partitions for EXPLAIN.
    return ColumnarSupportMode.SUPPORTED;
  }

  @Override
  public CustomMetric[] supportedCustomMetrics() {
    return ScanMetrics.all();
  }

  @Override
  public Batch toBatch() {
    return new ImageBatch(this, plan, runtimeFilter);
  }

  /**
   * {@inheritDoc}
   *
   * <p>How many blocks, extents or findings a file has its length does not tell: a file of 200 KiB
   * can have 64 million blocks. They count as too large to be broadcast.
   */
  @Override
  public Statistics estimateStatistics() {
    if (UNKNOWN_SIZE.contains(plan.table())) {
      return new Estimate(
          OptionalLong.of(SQLConf.get().defaultSizeInBytes()), OptionalLong.empty());
    }
    long count = files().size();
    return new Estimate(
        OptionalLong.of(Math.max(1, count) * ROW_SIZE),
        ROW_PER_FILE.contains(plan.table())
                && plan.filter().isAlways()
                && plan.indexFilter().isAlways()
            ? OptionalLong.of(count)
            : OptionalLong.empty());
  }

  private record Estimate(OptionalLong sizeInBytes, OptionalLong numRows) implements Statistics {}

  @Override
  public NamedReference[] filterAttributes() {
    return plan.reads("path")
        ? new NamedReference[] {Expressions.column("path")}
        : new NamedReference[0];
  }

  /** Leaves out files by their paths. What it can't use Spark applies by itself. */
  @Override
  public void filter(Predicate[] predicates) {
    FilterCompiler compiler = new FilterCompiler(plan.table());
    List<RowFilter> usable = new ArrayList<>();
    for (Predicate predicate : predicates) {
      compiler.compile(predicate).ifPresent(usable::add);
    }
    runtimeFilter = RowFilters.and(usable);
  }

  /** Files whose paths the pushed predicates allow. */
  synchronized List<ListedFile> files() {
    if (files == null) {
      files =
          listing().files().stream()
              .filter(file -> !plan.filter().forPath(file.file().path()).isNever())
              .toList();
    }
    return files;
  }

  /** What the index, if there is one, says of {@link #files}. */
  synchronized IndexMatch index() {
    if (index == null) {
      index = IndexMatch.of(plan, files(), configuration());
    }
    return index;
  }

  @Override
  public CustomTaskMetric[] reportDriverMetrics() {
    ScanMetrics metrics = new ScanMetrics();
    metrics.add(ScanMetric.INDEX_PROBLEMS, index().problems());
    return metrics.values();
  }

  private synchronized FileListing.Listing listing() {
    if (listing == null) {
      listing =
          new FileListing(configuration(), plan.options().listing()).list(plan.options().paths());
    }
    return listing;
  }

  /** Directories that references may lead into. */
  private List<String> chainRoots() {
    if (plan.table() != TableKind.REFERENCES && plan.options().read().chain() != ChainMode.FOLLOW) {
      return List.of();
    }
    List<String> written = plan.options().chainRoots();
    return written == null
        ? listing().directories()
        : PathRoots.qualified(written, configuration());
  }

  /** What tasks share. */
  synchronized Broadcast<ScanSpec> spec() {
    if (spec == null) {
      List<String> chainRoots = chainRoots();
      ParentSearch parents = new ParentSearch(spark, configuration(), plan.options().read());
      spec =
          spark.broadcast(
              new ScanSpec(
                  plan.options().read(),
                  plan.readSchema(),
                  plan.filter(),
                  plan.sample(),
                  plan.limit(),
                  plan.aggregate(),
                  chainRoots,
                  parents.below(chainRoots),
                  spark.serializable(configuration())));
    }
    return spec;
  }

  private Configuration configuration() {
    return spark.configuration(plan.options().hadoop());
  }

  /** The same rows, whatever a runtime filter leaves out. */
  @Override
  public boolean equals(Object other) {
    return other instanceof ImageScan that && plan.equals(that.plan);
  }

  @Override
  public int hashCode() {
    return plan.hashCode();
  }
}
