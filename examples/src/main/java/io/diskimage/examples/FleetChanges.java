package io.diskimage.examples;

import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.sum;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * What is different from an earlier report; the column {@code change} is {@code new}, {@code gone}
 * or {@code changed}.
 *
 * @param images {@code path, change, before, now}: verdicts
 * @param findings {@code path, kind, change, before, now}: how many of a kind an image has
 */
record FleetChanges(Dataset<Row> images, Dataset<Row> findings) {

  /** {@code change, images}. */
  Dataset<Row> imageCounts() {
    return images.groupBy("change").agg(count("*").as("images")).orderBy("change");
  }

  /** {@code change, kind, images, before, now}: how many images, and findings in them. */
  Dataset<Row> findingCounts() {
    return findings
        .groupBy("change", "kind")
        .agg(count("*").as("images"), sum("before").as("before"), sum("now").as("now"))
        .orderBy("change", "kind");
  }
}
