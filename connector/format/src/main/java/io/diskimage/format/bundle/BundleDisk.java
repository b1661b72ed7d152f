package io.diskimage.format.bundle;

import io.diskimage.format.AllocationSummary;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.StoredInput;
import io.diskimage.format.bundle.Descriptor.Storage;
import io.diskimage.format.chain.LayeredImage;
import io.diskimage.format.table.KeptAllocation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The guest's data in one state of the disk: segments, each of the layers of a chain. */
final class BundleDisk {
  private final List<Segment> segments = new ArrayList<>();
  private final List<StoredInput> inputs = new ArrayList<>();
  private final KeptAllocation allocation = new KeptAllocation();

  /**
   * Opens the files that are not yet open; those stay open until {@code files} is closed, also on
   * failure.
   */
  BundleDisk(ImageInput input, List<Storage> storages, LayerChain chain, StorageFiles files)
      throws IOException {
    inputs.add(StoredInput.plain(input));
    for (int i = 0; i < storages.size(); i++) {
      Storage storage = storages.get(i);
      Segment segment =
          new Segment(
              storage.start() * 512,
              storage.end() * 512,
              LayeredImage.of(files.layers(i, chain)),
              inputs.size());
      segments.add(segment);
      inputs.addAll(segment.disk().inputs());
    }
  }

  ExtentCursor extents(long from, long to, IoCounters io) {
    return new SegmentExtents(segments, from, to, io);
  }

  /** The descriptor, which holds no guest data, then the files of each segment from the top on. */
  List<StoredInput> inputs() {
    return List.copyOf(inputs);
  }

  AllocationSummary allocation(long clusterSize, IoCounters io) {
    long size = segments.get(segments.size() - 1).end();
    return allocation.get(() -> AllocationSummary.count(extents(0, size, io), size, clusterSize));
  }
}
