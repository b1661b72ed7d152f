/** Image files through Hadoop's file systems, and straight through NIO where they are local. */
package io.diskimage.spark.io;
