package io.diskimage.format;

/**
 * How a disk is cut into blocks. With blocks up to the cluster size each cluster is cut from its
 * start and its last piece may be shorter; larger blocks are as many whole clusters as fit. The
 * last block ends at the virtual size.
 */
public final class BlockGrid {
  /** Bounds of a block size in bytes, which is also a multiple of 512. */
  public static final int MIN_BLOCK = 512;

  public static final int MAX_BLOCK = 8 << 20;

  /** Default block size where the cluster is not smaller. */
  public static final int DEFAULT_BLOCK = 1 << 20;

  private final long virtualSize;
  private final long unit;
  private final long block;

  /**
   * The grid of one disk.
   *
   * @param clusterSize of the image, a multiple of 512
   * @param blockSize multiple of 512 from {@link #MIN_BLOCK} to {@link #MAX_BLOCK}; 0 for the
   *     default
   * @param virtualSize of the disk
   */
  public BlockGrid(long clusterSize, int blockSize, long virtualSize) {
    if (blockSize != 0
        && (blockSize % 512 != 0 || blockSize < MIN_BLOCK || blockSize > MAX_BLOCK)) {
      throw new IllegalArgumentException("block size " + blockSize);
    }
    long wanted = blockSize == 0 ? Math.min(clusterSize, DEFAULT_BLOCK) : blockSize;
    this.virtualSize = virtualSize;
    this.unit = wanted <= clusterSize ? clusterSize : wanted / clusterSize * clusterSize;
    this.block = Math.min(wanted, unit);
  }

  /**
   * Borders of slices are multiples of this, so that no block is cut: a cluster, or a block of
   * several clusters.
   */
  public long grain() {
    return unit;
  }

  /** Start of the block that contains a guest offset. */
  public long blockStart(long offset) {
    long inUnit = offset % unit;
    return offset - inUnit % block;
  }

  /** End of the block that starts at {@code start}: the next block's start, or the virtual size. */
  public long blockEnd(long start) {
    long unitStart = start - start % unit;
    return Math.min(Math.min(start + block, unitStart + unit), virtualSize);
  }

  /** Number of blocks before a guest offset that is a block's start or the end of the disk. */
  public long blocksBefore(long offset) {
    long perUnit = ceilDiv(unit, block);
    return offset / unit * perUnit + ceilDiv(offset % unit, block);
  }

  /** Length of the longest block in bytes. */
  public int maxBlockLength() {
    return (int) block;
  }

  private static long ceilDiv(long value, long divisor) {
    return value / divisor + (value % divisor == 0 ? 0 : 1);
  }
}
