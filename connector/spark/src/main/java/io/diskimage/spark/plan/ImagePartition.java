package io.diskimage.spark.plan;

import io.diskimage.spark.index.KnownFiles;
import java.util.List;
import org.apache.spark.sql.connector.read.InputPartition;

/** The slices of one task. What all tasks share travels once, in the broadcast {@link ScanSpec}. */
public final class ImagePartition implements InputPartition {
  private static final long serialVersionUID = 1L;

  private final ImageSlice[] slices;
  private final String[] preferredLocations;
  private final KnownFiles known;

  public ImagePartition(List<ImageSlice> slices, List<String> preferredLocations) {
    this(slices, preferredLocations, null);
  }

  /**
   * A task whose rows an index has.
   *
   * @param slices one of each file
   * @param known where their rows are; null for none
   */
  ImagePartition(List<ImageSlice> slices, List<String> preferredLocations, KnownFiles known) {
    this.slices = slices.toArray(ImageSlice[]::new);
    this.preferredLocations = preferredLocations.toArray(String[]::new);
    this.known = known;
  }

  /** Slices in the order of the listing. */
  public List<ImageSlice> slices() {
    return List.of(slices);
  }

  /** Where an index has the rows of the files, in the order of the slices; null for nowhere. */
  public KnownFiles known() {
    return known;
  }

  @Override
  public String[] preferredLocations() {
    return preferredLocations.clone();
  }
}
