package io.diskimage.spark.plan;

import io.diskimage.spark.options.ReadOptions;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;

/**
 * What all tasks of a scan share; broadcast once.
 *
 * @param options of the read
 * @param readSchema columns of the rows, in order: a projection of the table's columns, or the
 *     output of the aggregation
 * @param filter pushed predicates
 * @param sample null for none
 * @param limit rows that each task may stop after; -1 for none
 * @param aggregate null for none
 * @param chainRoots directories that references may lead into, as qualified paths
 * @param parents images that references may name by id
 * @param hadoopConf for opening files
 */
public record ScanSpec(
    ReadOptions options,
    StructType readSchema,
    RowFilter filter,
    SampleSpec sample,
    int limit,
    AggregateSpec aggregate,
    List<String> chainRoots,
    ParentIndex parents,
    SerializableConfiguration hadoopConf)
    implements Serializable {
  public ScanSpec {
    chainRoots = List.copyOf(chainRoots);
  }
}
