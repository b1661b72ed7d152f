package io.diskimage.spark.plan;

import java.io.Serializable;

/**
 * Slice {@code index} of {@code count} of one image; the executor finds its guest range.
 *
 * @param file the image
 * @param index 0 to count - 1
 * @param count at least 1
 */
public record ImageSlice(ImageFile file, int index, int count) implements Serializable {}
