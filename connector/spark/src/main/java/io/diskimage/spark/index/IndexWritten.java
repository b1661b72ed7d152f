package io.diskimage.spark.index;

import java.io.Serializable;
import java.util.List;

/**
 * What one task of a build has done.
 *
 * @param parts that it wrote
 * @param carried rows from the index before
 * @param opened files that were opened, or could not be
 * @param failed rows with an error
 */
public record IndexWritten(List<IndexPart> parts, long carried, long opened, long failed)
    implements Serializable {}
