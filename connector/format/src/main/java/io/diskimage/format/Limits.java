package io.diskimage.format;

/**
 * Every bound that is ours rather than a format's; a format's own limits stand in its header class.
 *
 * @param tablePageBytes size in which mapping tables are read and cached; a power of two
 * @param tableCacheBytes bytes of mapping tables that one open image keeps
 * @param textBytes bytes of ids and names of all internal snapshots of an image, and again of the
 *     names of all its bitmaps
 */
public record Limits(int tablePageBytes, int tableCacheBytes, int textBytes) {

  public static final Limits DEFAULT = new Limits(256 << 10, 8 << 20, 4 << 20);

  public Limits {
    if (Integer.bitCount(tablePageBytes) != 1 || tablePageBytes < 4096) {
      throw new IllegalArgumentException("tablePageBytes " + tablePageBytes);
    }
    if (tableCacheBytes < 2 * tablePageBytes) {
      throw new IllegalArgumentException("tableCacheBytes " + tableCacheBytes);
    }
  }
}
