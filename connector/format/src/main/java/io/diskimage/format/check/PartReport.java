package io.diskimage.format.check;

import java.io.IOException;
import java.util.List;

/**
 * One part of a check and those within it.
 *
 * @param name within the part around it
 * @param findings how many were counted in this part itself, over all severities
 * @param error nullable: why this part could not be carried out to its end
 * @param parts within it, in the order they were carried out
 */
public record PartReport(String name, long findings, IOException error, List<PartReport> parts) {
  public PartReport {
    parts = List.copyOf(parts);
  }
}
