package io.diskimage.format;

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
    int findings) {

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
