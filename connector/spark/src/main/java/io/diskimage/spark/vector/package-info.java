/** Column vectors of the readers: plain arrays, and binary values that are loaded when touched. */
package io.diskimage.spark.vector;
