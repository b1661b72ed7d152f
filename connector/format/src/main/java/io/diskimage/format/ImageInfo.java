package io.diskimage.format;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What an image says of itself. Null stands for "the format has no such thing" in every nullable
 * component; sizes are bytes.
 *
 * @param format driver name
 * @param formatVersion as users write it: {@code 3}, {@code 1.1}
 * @param virtualSize of the disk
 * @param clusterSize unit of allocation, null where there is none (raw, fixed VHD)
 * @param encrypted nullable
 * @param dirty nullable: not closed properly
 * @param corrupt nullable: marked as corrupt
 * @param backingFile nullable: name as written
 * @param backingFormat nullable
 * @param dataFile nullable: name as written
 * @param parentId nullable: id of the image this one differs from
 * @param imageId nullable
 * @param snapshotCount nullable: internal snapshots
 * @param bitmapCount nullable: persistent dirty bitmaps
 * @param features names of what is in use, in a stable order
 * @param header every header field by its name in the format document, in snake case; numbers are
 *     decimal
 */
public record ImageInfo(
    String format,
    String formatVersion,
    long virtualSize,
    Long clusterSize,
    Boolean encrypted,
    Boolean dirty,
    Boolean corrupt,
    String backingFile,
    String backingFormat,
    String dataFile,
    String parentId,
    String imageId,
    Integer snapshotCount,
    Integer bitmapCount,
    List<String> features,
    Map<String, String> header) {

  public ImageInfo {
    Objects.requireNonNull(format, "format");
    features = List.copyOf(features);
    header = Collections.unmodifiableMap(new LinkedHashMap<>(header));
  }

  /** Starts a description with everything optional absent. */
  public static Builder of(String format, long virtualSize) {
    return new Builder(format, virtualSize);
  }

  /** Collects the optional parts. */
  public static final class Builder {
    private final String format;
    private final long virtualSize;
    private final Map<String, String> header = new LinkedHashMap<>();
    private String formatVersion;
    private Long clusterSize;
    private Boolean encrypted;
    private Boolean dirty;
    private Boolean corrupt;
    private String backingFile;
    private String backingFormat;
    private String dataFile;
    private String parentId;
    private String imageId;
    private Integer snapshotCount;
    private Integer bitmapCount;
    private List<String> features = List.of();

    private Builder(String format, long virtualSize) {
      this.format = format;
      this.virtualSize = virtualSize;
    }

    public Builder formatVersion(String value) {
      formatVersion = value;
      return this;
    }

    public Builder clusterSize(long value) {
      clusterSize = value;
      return this;
    }

    public Builder encrypted(boolean value) {
      encrypted = value;
      return this;
    }

    public Builder dirty(boolean value) {
      dirty = value;
      return this;
    }

    public Builder corrupt(boolean value) {
      corrupt = value;
      return this;
    }

    /** Name and recorded format of the backing file, each null for none. */
    public Builder backing(String file, String fileFormat) {
      backingFile = file;
      backingFormat = fileFormat;
      return this;
    }

    public Builder dataFile(String value) {
      dataFile = value;
      return this;
    }

    public Builder parentId(String value) {
      parentId = value;
      return this;
    }

    public Builder imageId(String value) {
      imageId = value;
      return this;
    }

    public Builder snapshotCount(int value) {
      snapshotCount = value;
      return this;
    }

    public Builder bitmapCount(int value) {
      bitmapCount = value;
      return this;
    }

    public Builder features(List<String> value) {
      features = value;
      return this;
    }

    /** Adds a header field; fields keep the order of their adding. */
    public Builder header(String field, Object value) {
      header.put(field, String.valueOf(value));
      return this;
    }

    public ImageInfo build() {
      return new ImageInfo(
          format,
          formatVersion,
          virtualSize,
          clusterSize,
          encrypted,
          dirty,
          corrupt,
          backingFile,
          backingFormat,
          dataFile,
          parentId,
          imageId,
          snapshotCount,
          bitmapCount,
          features,
          header);
    }
  }
}
