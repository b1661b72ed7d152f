package io.diskimage.spark.read;

import io.diskimage.format.AllocationSummary;
import io.diskimage.format.ClusterDecoder;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.ImageInfo;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Limits;
import io.diskimage.format.SnapshotInfo;
import io.diskimage.format.SnapshotNotFoundException;
import io.diskimage.format.StoredInput;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.zip.DataFormatException;

/** An opened {@link ModelDisk}. */
final class ModelImage implements DiskImage {
  /** What reading one run of the mapping counts as. */
  static final int RUN_BYTES = 8;

  private final ImageInput input;
  private final ModelDisk disk;

  ModelImage(ImageInput input, ModelDisk disk) {
    this.input = input;
    this.disk = disk;
  }

  @Override
  public ImageInfo info() {
    return ImageInfo.of(ModelFormat.NAME, disk.size)
        .clusterSize(disk.cluster)
        .features(List.of("words"))
        .header("runs", disk.runs.size())
        .build();
  }

  @Override
  public long virtualSize() {
    return disk.size;
  }

  @Override
  public long clusterSize() {
    return disk.cluster;
  }

  @Override
  public ExtentCursor extents(long from, long to, IoCounters io) {
    return new Cursor(from, to, io);
  }

  @Override
  public AllocationSummary allocation(IoCounters io) {
    return AllocationSummary.count(extents(0, disk.size, io), disk.size, disk.cluster);
  }

  @Override
  public List<StoredInput> inputs() {
    return List.of(
        StoredInput.plain(input).compressed(Inverter::new, disk.cluster, Limits.DEFAULT));
  }

  @Override
  public List<SnapshotInfo> snapshots() {
    return disk.snapshot().isEmpty()
        ? List.of()
        : List.of(
            new SnapshotInfo(
                "1", disk.snapshot(), Instant.ofEpochSecond(1000), 7, 0, disk.size, null));
  }

  @Override
  public DiskImage at(String snapshot) throws IOException {
    if (snapshots().stream()
        .anyMatch(known -> known.id().equals(snapshot) || known.name().equals(snapshot))) {
      return this;
    }
    throw new SnapshotNotFoundException(input.location(), -1, "no snapshot '" + snapshot + "'");
  }

  @Override
  public void close() throws IOException {
    input.close();
  }

  private static final class Inverter implements ClusterDecoder {
    @Override
    public void decode(
        byte[] source, int offset, int length, byte[] target, int targetOffset, int targetLength)
        throws DataFormatException {
      if (source[offset] == ModelDisk.DAMAGED) {
        throw new DataFormatException("damaged");
      }
      for (int i = 0; i < targetLength; i++) {
        target[targetOffset + i] = (byte) ~source[offset + i];
      }
    }

    @Override
    public void close() {}
  }

  private final class Cursor implements ExtentCursor {
    private final IoCounters io;
    private final long to;
    private long position;
    private ModelDisk.Run run;
    private long offset;
    private long length;

    Cursor(long from, long to, IoCounters io) {
      this.position = from;
      this.to = to;
      this.io = io;
    }

    @Override
    public boolean next() {
      if (position >= to) {
        return false;
      }
      io.metadataRead(RUN_BYTES);
      run = disk.at(position);
      offset = position;
      position = Math.min(to, run.offset() + run.length());
      length = position - offset;
      return true;
    }

    @Override
    public long offset() {
      return offset;
    }

    @Override
    public long length() {
      return length;
    }

    @Override
    public ExtentKind kind() {
      return run.kind();
    }

    @Override
    public int flags() {
      if (run.kind() == null) {
        return 0;
      }
      return switch (run.kind()) {
        case DATA -> DATA | OFFSET | ALLOCATED;
        case COMPRESSED -> DATA | ALLOCATED | COMPRESSED;
        case ZERO -> ZERO | ALLOCATED | (run.host() < 0 ? 0 : OFFSET);
        case UNALLOCATED -> ZERO;
        case BACKING -> 0;
      };
    }

    @Override
    public long hostOffset() {
      return run.host() < 0 || run.kind() == ExtentKind.COMPRESSED
          ? run.host()
          : run.host() + offset - run.offset();
    }

    @Override
    public long hostLength() {
      if (run.host() < 0) {
        return 0;
      }
      return run.kind() == ExtentKind.COMPRESSED ? disk.cluster : length;
    }

    @Override
    public long clusterOffset() {
      return run.kind() == ExtentKind.COMPRESSED ? offset / disk.cluster * disk.cluster : offset;
    }

    @Override
    public int input() {
      return 0;
    }

    @Override
    public int depth() {
      return run.kind() == null || run.kind() == ExtentKind.BACKING ? -1 : 0;
    }

    @Override
    public IOException failure() {
      return run.kind() == null
          ? new CorruptImageException(input.location(), 16, "the model cannot follow this entry")
          : null;
    }
  }
}
