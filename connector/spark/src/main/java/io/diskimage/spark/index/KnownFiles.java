package io.diskimage.spark.index;

import java.io.Serializable;

/**
 * Files of a task whose rows an index has.
 *
 * @param location of the index
 * @param part that has the rows
 * @param rows position of each file's row in the part, ascending; the files are told along with it
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record KnownFiles(String location, IndexPart part, int[] rows) implements Serializable {}
