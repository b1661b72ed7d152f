package io.diskimage.spark.metrics;

import org.apache.spark.sql.connector.metric.CustomMetric;

/** The metrics of a scan, one line each. */
public enum ScanMetric {
  IMAGES_OPENED("imagesOpened", "images opened", Unit.COUNT),
  IMAGES_FAILED("imagesFailed", "images that could not be opened or read", Unit.COUNT),
  IMAGES_INDEXED("imagesIndexed", "images known from the index", Unit.COUNT),
  INDEX_PROBLEMS("indexProblems", "what of the index could not be used", Unit.COUNT),
  CACHE_HITS("cacheHits", "images found open in the cache", Unit.COUNT),
  BLOCKS("blocks", "rows shown", Unit.COUNT),
  BLOCKS_SKIPPED("blocksSkipped", "rows left out before reading", Unit.COUNT),
  DATA_BYTES("dataBytes", "bytes of stored data read", Unit.BYTES),
  METADATA_BYTES("metadataBytes", "bytes of headers and tables read", Unit.BYTES),
  DECOMPRESSED_BYTES("decompressedBytes", "bytes decompressed", Unit.BYTES),
  READS("reads", "reads issued", Unit.COUNT),
  WAIT_TIME("waitTime", "time waiting for images and data", Unit.NANOS);

  private enum Unit {
    COUNT,
    BYTES,
    NANOS
  }

  private final String label;
  private final String description;
  private final Unit unit;

  ScanMetric(String label, String description, Unit unit) {
    this.label = label;
    this.description = description;
    this.unit = unit;
  }

  /** Name that joins a task's value and the scan's metric. */
  public String label() {
    return label;
  }

  CustomMetric custom() {
    return switch (unit) {
      case COUNT -> new CountMetric(label, description);
      case BYTES -> new BytesMetric(label, description);
      case NANOS -> new NanosMetric(label, description);
    };
  }
}
