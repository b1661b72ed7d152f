/** Options: names, defaults, precedence, errors. */
package io.diskimage.spark.options;
