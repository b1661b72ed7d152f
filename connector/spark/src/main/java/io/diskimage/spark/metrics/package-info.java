/** What a scan tells the SQL UI about its work. */
package io.diskimage.spark.metrics;
