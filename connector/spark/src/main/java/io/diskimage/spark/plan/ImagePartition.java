package io.diskimage.spark.plan;

import java.util.List;
import org.apache.spark.sql.connector.read.InputPartition;

/** The slices of one task. What all tasks share travels once, in the broadcast {@link ScanSpec}. */
public final class ImagePartition implements InputPartition {
  private static final long serialVersionUID = 1L;

  private final ImageSlice[] slices;
  private final String[] preferredLocations;

  public ImagePartition(List<ImageSlice> slices, List<String> preferredLocations) {
    this.slices = slices.toArray(ImageSlice[]::new);
    this.preferredLocations = preferredLocations.toArray(String[]::new);
  }

  /** Slices in the order of the listing. */
  public List<ImageSlice> slices() {
    return List.of(slices);
  }

  @Override
  public String[] preferredLocations() {
    return preferredLocations.clone();
  }
}
