package io.diskimage.format;

import java.io.Serializable;

/**
 * Every bound that is ours rather than a format's; a format's own limits stand in its header class.
 *
 * @param tablePageBytes size in which mapping tables are read and cached; a power of two
 * @param tableCacheBytes bytes of mapping tables that one open image keeps
 * @param textBytes bytes of ids and names of all internal snapshots of an image, and again of the
 *     names of all its bitmaps
 * @param chainDepth layers below the top one of a backing chain
 * @param decodedBytes bytes that one compressed cluster may decode to
 * @param keyIterations rounds of a key derivation, for each key slot
 * @param xmlBytes length of a descriptor
 * @param findings rows of one kind that the check of one image gives, but for one that counts the
 *     rest
 */
public record Limits(
    int tablePageBytes,
    int tableCacheBytes,
    int textBytes,
    int chainDepth,
    int decodedBytes,
    int keyIterations,
    int xmlBytes,
    int findings)
    implements Serializable {

  public static final Limits DEFAULT =
      new Limits(256 << 10, 8 << 20, 4 << 20, 64, 2 << 20, 10_000_000, 1 << 20, 1000);

  public Limits {
    if (Integer.bitCount(tablePageBytes) != 1 || tablePageBytes < 4096) {
      throw new IllegalArgumentException("tablePageBytes " + tablePageBytes);
    }
    if (tableCacheBytes < 2 * tablePageBytes) {
      throw new IllegalArgumentException("tableCacheBytes " + tableCacheBytes);
    }
    requireNotNegative("textBytes", textBytes);
    requireNotNegative("chainDepth", chainDepth);
    requireNotNegative("decodedBytes", decodedBytes);
    requireNotNegative("keyIterations", keyIterations);
    requireNotNegative("xmlBytes", xmlBytes);
    requireNotNegative("findings", findings);
  }

  /** The value of a bound. */
  public int of(Limit limit) {
    return switch (limit) {
      case TABLE_CACHE_BYTES -> tableCacheBytes;
      case TEXT_BYTES -> textBytes;
      case CHAIN_DEPTH -> chainDepth;
      case DECODED_BYTES -> decodedBytes;
      case KEY_ITERATIONS -> keyIterations;
      case XML_BYTES -> xmlBytes;
      case FINDINGS -> findings;
    };
  }

  /**
   * These limits with another value of one.
   *
   * @throws IllegalArgumentException if the value is out of range
   */
  public Limits with(Limit limit, int value) {
    return switch (limit) {
      case TABLE_CACHE_BYTES -> withTables(tablePageBytes, value);
      case TEXT_BYTES -> withTextBytes(value);
      case CHAIN_DEPTH -> withChainDepth(value);
      case DECODED_BYTES -> withDecodedBytes(value);
      case KEY_ITERATIONS -> withKeyIterations(value);
      case XML_BYTES -> withXmlBytes(value);
      case FINDINGS -> withFindings(value);
    };
  }

  private static void requireNotNegative(String name, int value) {
    if (value < 0) {
      throw new IllegalArgumentException(name + " " + value);
    }
  }

  /** These limits with other ones for mapping tables. */
  public Limits withTables(int pageBytes, int cacheBytes) {
    return new Limits(
        pageBytes,
        cacheBytes,
        textBytes,
        chainDepth,
        decodedBytes,
        keyIterations,
        xmlBytes,
        findings);
  }

  public Limits withTextBytes(int bytes) {
    return new Limits(
        tablePageBytes,
        tableCacheBytes,
        bytes,
        chainDepth,
        decodedBytes,
        keyIterations,
        xmlBytes,
        findings);
  }

  public Limits withChainDepth(int layers) {
    return new Limits(
        tablePageBytes,
        tableCacheBytes,
        textBytes,
        layers,
        decodedBytes,
        keyIterations,
        xmlBytes,
        findings);
  }

  public Limits withDecodedBytes(int bytes) {
    return new Limits(
        tablePageBytes,
        tableCacheBytes,
        textBytes,
        chainDepth,
        bytes,
        keyIterations,
        xmlBytes,
        findings);
  }

  public Limits withKeyIterations(int rounds) {
    return new Limits(
        tablePageBytes,
        tableCacheBytes,
        textBytes,
        chainDepth,
        decodedBytes,
        rounds,
        xmlBytes,
        findings);
  }

  public Limits withXmlBytes(int bytes) {
    return new Limits(
        tablePageBytes,
        tableCacheBytes,
        textBytes,
        chainDepth,
        decodedBytes,
        keyIterations,
        bytes,
        findings);
  }

  public Limits withFindings(int rows) {
    return new Limits(
        tablePageBytes,
        tableCacheBytes,
        textBytes,
        chainDepth,
        decodedBytes,
        keyIterations,
        xmlBytes,
        rows);
  }
}
