/** What {@code CALL images.system.NAME(...)} can name. */
package io.diskimage.spark.procedures;
