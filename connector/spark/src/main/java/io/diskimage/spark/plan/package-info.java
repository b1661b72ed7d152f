/** From a table and its options to partitions: filters, listing, slices. */
package io.diskimage.spark.plan;
