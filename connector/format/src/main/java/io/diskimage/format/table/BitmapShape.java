package io.diskimage.format.table;

/**
 * A bitmap and where it is stored.
 *
 * @param location file name for messages
 * @param fileEnd length of the file, rounded up to sectors
 * @param name of the bitmap
 * @param table one entry of 8 bytes for each cluster of bits, enough of them for the disk
 * @param clusterBytes size of a cluster of bits, a multiple of 512
 * @param granularity guest bytes that a bit stands for, a power of two from 512 to 4 GiB
 * @param diskBytes guest bytes that the bitmap covers
 */
public record BitmapShape(
    String location,
    long fileEnd,
    String name,
    EntryTable table,
    long clusterBytes,
    long granularity,
    long diskBytes) {

  /** Bits that stand for guest bytes. */
  long bits() {
    return diskBytes / granularity + (diskBytes % granularity == 0 ? 0 : 1);
  }

  long bitsPerCluster() {
    return clusterBytes * 8;
  }
}
