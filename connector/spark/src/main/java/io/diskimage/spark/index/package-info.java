/** The fleet index: what was known of images when somebody looked last, as Parquet files. */
package io.diskimage.spark.index;
