package io.diskimage.format;

/** The bounds of {@link Limits} that an image may run into, by name. */
public enum Limit {
  TABLE_CACHE_BYTES("tableCacheBytes"),
  TEXT_BYTES("textBytes"),
  CHAIN_DEPTH("chainDepth"),
  DECODED_BYTES("decodedBytes"),
  KEY_ITERATIONS("keyIterations"),
  XML_BYTES("xmlBytes"),
  FINDINGS("findings");

  private final String label;

  Limit(String label) {
    this.label = label;
  }

  /** As the component of {@link Limits} is called. */
  public String label() {
    return label;
  }
}
