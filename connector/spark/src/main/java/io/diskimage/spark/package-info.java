/** Spark DataSource V2 for virtual disk images, on top of {@code io.diskimage.format}. */
package io.diskimage.spark;
