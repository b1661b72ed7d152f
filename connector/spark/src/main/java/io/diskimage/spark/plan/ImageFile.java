package io.diskimage.spark.plan;

import java.io.Serializable;

/**
 * A file as the driver listed it; the driver never opens it.
 *
 * @param path Hadoop's qualified path in the form of {@code Path.toString()}, the value of the
 *     column {@code path}
 * @param length bytes
 * @param modificationTime milliseconds since the epoch
 */
public record ImageFile(String path, long length, long modificationTime) implements Serializable {}
