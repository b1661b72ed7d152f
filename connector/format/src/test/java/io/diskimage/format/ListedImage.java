package io.diskimage.format;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/** A disk whose mapping is a list of runs, for tests of what works on any mapping. */
public final class ListedImage implements DiskImage {
  private final long clusterSize;
  private final long virtualSize;
  private final List<Extent> runs;
  private final String location;
  private final String imageId;
  private final List<Reference> parents;
  private int closed;

  /**
   * A disk.
   *
   * @param runs without gaps from 0 on; a run without kind is one that cannot be followed
   */
  public ListedImage(long clusterSize, long virtualSize, List<Extent> runs) {
    this(clusterSize, virtualSize, runs, "listed", null, List.of());
  }

  private ListedImage(
      long clusterSize,
      long virtualSize,
      List<Extent> runs,
      String location,
      String imageId,
      List<Reference> parents) {
    this.clusterSize = clusterSize;
    this.virtualSize = virtualSize;
    this.runs = List.copyOf(runs);
    this.location = location;
    this.imageId = imageId;
    this.parents = List.copyOf(parents);
  }

  /** A disk without bytes, for tests of what it says of other layers. */
  public static ListedImage layer(String location, String imageId, Reference... parents) {
    return new ListedImage(512, 0, List.of(), location, imageId, List.of(parents));
  }

  /** The same disk, stored in another file. */
  ListedImage in(String file) {
    return new ListedImage(clusterSize, virtualSize, runs, file, imageId, parents);
  }

  /** How often it was closed. */
  public int closed() {
    return closed;
  }

  /** A disk of random runs of a few clusters, many of which continue each other. */
  public static ListedImage random(Random random, boolean withFailures) {
    long clusterSize = 512L * (1 + random.nextInt(9));
    int clusters = random.nextInt(200);
    long virtualSize = Math.max(0, clusters * clusterSize - 512L * random.nextInt(3));
    List<Extent> runs = new ArrayList<>();
    long offset = 0;
    long host = 1 << 20;
    while (offset < virtualSize) {
      long length = Math.min(virtualSize - offset, clusterSize * (1 + random.nextInt(6)));
      host += random.nextInt(3) == 0 ? clusterSize * random.nextInt(5) : 0;
      int choice = random.nextInt(withFailures ? 6 : 5);
      runs.add(
          switch (choice) {
            case 0, 1 -> {
              int flags = ExtentCursor.DATA | ExtentCursor.OFFSET | ExtentCursor.ALLOCATED;
              yield new Extent(offset, length, ExtentKind.DATA, flags, host, 0);
            }
            case 2 -> {
              int flags = ExtentCursor.ZERO | ExtentCursor.ALLOCATED;
              yield new Extent(offset, length, ExtentKind.ZERO, flags, -1, 0);
            }
            case 3 -> new Extent(offset, length, ExtentKind.UNALLOCATED, ExtentCursor.ZERO, -1, 0);
            case 4 -> new Extent(offset, length, ExtentKind.BACKING, 0, -1, -1);
            default -> new Extent(offset, length, null, 0, -1, -1);
          });
      host += choice < 2 ? length : 0;
      offset += length;
    }
    return new ListedImage(clusterSize, virtualSize, runs);
  }

  public List<Extent> runs() {
    return runs;
  }

  /** Bytes stored as data in a range. */
  public long stored(long from, long to) {
    long stored = 0;
    for (Extent run : runs) {
      if (run.kind() != null && run.kind().stored()) {
        long start = Math.max(from, run.offset());
        long end = Math.min(to, run.offset() + run.length());
        stored += Math.max(0, end - start);
      }
    }
    return stored;
  }

  @Override
  public ImageInfo info() {
    return ImageInfo.of("listed", virtualSize).imageId(imageId).build();
  }

  @Override
  public long virtualSize() {
    return virtualSize;
  }

  @Override
  public long clusterSize() {
    return clusterSize;
  }

  @Override
  public ExtentCursor extents(long from, long to, IoCounters io) {
    Objects.checkFromToIndex(from, to, virtualSize);
    return new Cursor(from, to);
  }

  @Override
  public AllocationSummary allocation(IoCounters io) {
    return AllocationSummary.count(extents(0, virtualSize, io), virtualSize, clusterSize);
  }

  @Override
  public List<StoredInput> inputs() {
    return List.of(StoredInput.plain(new BytesImageInput(location, new byte[0])));
  }

  @Override
  public List<Reference> parents(IoCounters io) {
    return parents;
  }

  @Override
  public List<SnapshotInfo> snapshots() {
    return List.of();
  }

  @Override
  public DiskImage at(String snapshot) throws IOException {
    throw new SnapshotNotFoundException("listed", ImageException.NO_OFFSET, snapshot);
  }

  @Override
  public void close() {
    closed++;
  }

  private final class Cursor implements ExtentCursor {
    private final long from;
    private final long to;
    private int next;
    private Extent run;

    Cursor(long from, long to) {
      this.from = from;
      this.to = to;
    }

    @Override
    public boolean next() {
      while (next < runs.size()) {
        run = runs.get(next++);
        if (offset() < Math.min(to, run.offset() + run.length())) {
          return true;
        }
      }
      return false;
    }

    @Override
    public long offset() {
      return Math.max(from, run.offset());
    }

    @Override
    public long length() {
      return Math.min(to, run.offset() + run.length()) - offset();
    }

    @Override
    public ExtentKind kind() {
      return run.kind();
    }

    @Override
    public int flags() {
      return run.flags();
    }

    @Override
    public long hostOffset() {
      return run.hostOffset() < 0 ? -1 : run.hostOffset() + (offset() - run.offset());
    }

    @Override
    public long hostLength() {
      return run.hostOffset() < 0 ? 0 : length();
    }

    @Override
    public long clusterOffset() {
      return offset();
    }

    @Override
    public int input() {
      return 0;
    }

    @Override
    public int depth() {
      return run.depth();
    }

    @Override
    public IOException failure() {
      return run.kind() == null
          ? new CorruptImageException("listed", run.offset(), "cannot be followed")
          : null;
    }
  }
}
