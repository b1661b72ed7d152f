/**
 * Images that are created or changed at Hadoop paths: local files in place, others in a local spool
 * from which they are published in one step (design: writing).
 */
package io.diskimage.spark.publish;
