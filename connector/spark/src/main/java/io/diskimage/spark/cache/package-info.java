/** Images that are open in this JVM, shared by its tasks. */
package io.diskimage.spark.cache;
