/** The tables: kinds and schemas. */
package io.diskimage.spark.table;
