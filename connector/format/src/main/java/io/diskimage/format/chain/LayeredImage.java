package io.diskimage.format.chain;

import io.diskimage.format.AllocationSummary;
import io.diskimage.format.BitmapInfo;
import io.diskimage.format.Closing;
import io.diskimage.format.DirtyRanges;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ImageInfo;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Reference;
import io.diskimage.format.SnapshotInfo;
import io.diskimage.format.StoredInput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The disk that several layers make up, as its guest sees it. What the top one says of itself is
 * said of the disk; what it does not have comes from the next one that has it.
 */
public final class LayeredImage implements DiskImage {
  private final List<DiskImage> layers;
  private final List<StoredInput> inputs = new ArrayList<>();

  /** Of the first input of each layer, see {@link ExtentCursor#input()}. */
  private final int[] firstInputs;

  private LayeredImage(List<DiskImage> layers) throws IOException {
    this.layers = seenFromAbove(layers);
    this.firstInputs = new int[layers.size()];
    for (int layer = 0; layer < firstInputs.length; layer++) {
      firstInputs[layer] = inputs.size();
      inputs.addAll(this.layers.get(layer).inputs());
    }
  }

  /**
   * The disk of some layers.
   *
   * @param layers at least one, the top one first; closed with the result
   * @return the layer itself if it is the only one
   */
  public static DiskImage of(List<DiskImage> layers) throws IOException {
    return layers.size() == 1 ? layers.get(0) : new LayeredImage(layers);
  }

  private static List<DiskImage> seenFromAbove(List<DiskImage> layers) {
    List<DiskImage> seen = new ArrayList<>(layers);
    for (int layer = 1; layer < layers.size(); layer++) {
      seen.set(layer, layers.get(layer - 1).below(layers.get(layer)));
    }
    return List.copyOf(seen);
  }

  private DiskImage top() {
    return layers.get(0);
  }

  @Override
  public ImageInfo info() {
    return top().info();
  }

  @Override
  public long virtualSize() {
    return top().virtualSize();
  }

  @Override
  public long clusterSize() {
    return top().clusterSize();
  }

  @Override
  public ExtentCursor extents(long from, long to, IoCounters io) throws IOException {
    Objects.checkFromToIndex(from, to, virtualSize());
    return new LayeredExtents(layers, firstInputs, from, to, io);
  }

  /** What the layers store, though an upper one may hide it; of a region at most all of it. */
  @Override
  public AllocationSummary allocation(IoCounters io) throws IOException {
    AllocationSummary.Builder sum = new AllocationSummary.Builder(virtualSize(), clusterSize());
    for (DiskImage layer : layers) {
      sum.add(0, layer.allocation(io));
    }
    return sum.build();
  }

  @Override
  public AllocationSummary mapped(IoCounters io) throws IOException {
    AllocationSummary.Builder sum = new AllocationSummary.Builder(virtualSize(), clusterSize());
    for (DiskImage layer : layers) {
      sum.add(0, layer.mapped(io));
    }
    return sum.build();
  }

  @Override
  public List<StoredInput> inputs() {
    return List.copyOf(inputs);
  }

  @Override
  public List<SnapshotInfo> snapshots() throws IOException {
    return top().snapshots();
  }

  /** The top layer as it was, over the same layers as now. */
  @Override
  public DiskImage at(String snapshot) throws IOException {
    List<DiskImage> then = new ArrayList<>(layers);
    then.set(0, top().at(snapshot));
    return new LayeredImage(then);
  }

  @Override
  public List<Reference> references(IoCounters io) throws IOException {
    return top().references(io);
  }

  @Override
  public List<BitmapInfo> bitmaps(IoCounters io) throws IOException {
    return top().bitmaps(io);
  }

  @Override
  public DirtyRanges dirtyRanges(String bitmap, long from, long to, IoCounters io)
      throws IOException {
    return top().dirtyRanges(bitmap, from, to, io);
  }

  @Override
  public void close() throws IOException {
    Closing.all(layers);
  }
}
