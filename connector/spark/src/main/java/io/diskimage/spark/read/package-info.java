/** Executors: from a slice to batches of rows. */
package io.diskimage.spark.read;
