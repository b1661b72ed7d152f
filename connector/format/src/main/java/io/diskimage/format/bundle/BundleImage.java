package io.diskimage.format.bundle;

import io.diskimage.format.AllocationSummary;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInfo;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Reference;
import io.diskimage.format.SnapshotInfo;
import io.diskimage.format.SnapshotNotFoundException;
import io.diskimage.format.StoredInput;
import io.diskimage.format.UnsupportedImageException;
import io.diskimage.format.bundle.Descriptor.Origin;
import io.diskimage.format.bundle.Descriptor.Storage;
import io.diskimage.format.bundle.Descriptor.StorageFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

/**
 * An opened descriptor. For reading it opens the storage files too: those of the current state at
 * once, others when a snapshot is asked for.
 */
final class BundleImage implements DiskImage {
  private static final long NO_CLUSTER = 64 << 10;

  private final ImageInput input;
  private final Descriptor descriptor;
  private final LayerTree tree;
  private final LayerChain chain;
  private final ImageInfo info;

  /** Null when nothing but the descriptor is open. */
  private final StorageFiles files;

  /** Null when nothing but the descriptor is open. */
  private final BundleDisk disk;

  /** States of the disk by their layers, shared by all of them. */
  private final Map<UUID, BundleImage> states;

  private BundleImage(
      ImageInput input,
      Descriptor descriptor,
      LayerTree tree,
      LayerChain chain,
      StorageFiles files,
      Map<UUID, BundleImage> states)
      throws IOException {
    this.input = input;
    this.descriptor = descriptor;
    this.tree = tree;
    this.chain = chain;
    this.info = BundleInfo.of(descriptor, tree, chain);
    this.files = files;
    this.states = states;
    if (files == null) {
      this.disk = null;
    } else {
      DescriptorChecks.requireKnownTypes(descriptor, tree, chain, input.location());
      this.disk = new BundleDisk(input, descriptor.storages(), chain, files);
    }
  }

  /** The current state, described by the descriptor alone. */
  static BundleImage described(ImageInput input, Descriptor descriptor, LayerTree tree)
      throws IOException {
    return current(input, descriptor, tree, null);
  }

  /** The current state with its storage files, all closed again on failure. */
  static BundleImage opened(
      ImageInput input, Descriptor descriptor, LayerTree tree, OpenOptions options)
      throws IOException {
    StorageFiles files = new StorageFiles(input, descriptor.storages().size(), tree, options);
    BundleImage image = null;
    try {
      image = current(input, descriptor, tree, files);
      return image;
    } finally {
      if (image == null) {
        files.close();
      }
    }
  }

  private static BundleImage current(
      ImageInput input, Descriptor descriptor, LayerTree tree, StorageFiles files)
      throws IOException {
    Map<UUID, BundleImage> states = new HashMap<>();
    BundleImage image =
        new BundleImage(input, descriptor, tree, tree.chain(tree.top()), files, states);
    states.put(tree.top(), image);
    return image;
  }

  private BundleDisk disk() throws ImageException {
    DescriptorChecks.requireReadable(descriptor, input.location());
    DescriptorChecks.requireKnownTypes(descriptor, tree, chain, input.location());
    if (disk == null) {
      throw new UnsupportedImageException(
          input.location(),
          ImageException.NO_OFFSET,
          "the descriptor alone is open: the guest's data lie in the storage files that it names");
    }
    return disk;
  }

  @Override
  public ImageInfo info() {
    return info;
  }

  @Override
  public long virtualSize() {
    return info.virtualSize();
  }

  @Override
  public long clusterSize() {
    return Objects.requireNonNullElse(info.clusterSize(), NO_CLUSTER);
  }

  @Override
  public ExtentCursor extents(long from, long to, IoCounters io) throws IOException {
    Objects.checkFromToIndex(from, to, virtualSize());
    return disk().extents(from, to, io);
  }

  /** The descriptor itself stores no guest data. */
  @Override
  public AllocationSummary allocation(IoCounters io) {
    return disk == null
        ? new AllocationSummary.Builder(virtualSize(), clusterSize()).build()
        : disk.allocation(clusterSize(), io);
  }

  /**
   * The files of this state by their ordinals, then those that are open for other states: who asks
   * whether the files of the image have changed means them too.
   */
  @Override
  public List<StoredInput> inputs() throws IOException {
    Set<StoredInput> inputs = new LinkedHashSet<>(disk().inputs());
    inputs.addAll(files.inputs());
    return List.copyOf(inputs);
  }

  /** The layers below the current one and beside it; the descriptor has no names or times. */
  @Override
  public List<SnapshotInfo> snapshots() {
    return tree.snapshots().stream()
        .map(layer -> new SnapshotInfo(layer.toString(), "", null, 0, 0, info.virtualSize(), null))
        .toList();
  }

  /**
   * The disk at a layer, also at the current one.
   *
   * @param snapshot a GUID as descriptors write it
   */
  @Override
  public DiskImage at(String snapshot) throws IOException {
    UUID layer = Guids.parse(snapshot);
    if (layer == null || !tree.has(layer)) {
      throw new SnapshotNotFoundException(
          input.location(),
          ImageException.NO_OFFSET,
          "no snapshot '" + snapshot + "' in the disk descriptor");
    }
    synchronized (states) {
      BundleImage state = states.get(layer);
      if (state == null) {
        state = new BundleImage(input, descriptor, tree, tree.chain(layer), files, states);
        states.put(layer, state);
      }
      return state;
    }
  }

  @Override
  public List<Reference> references(IoCounters io) {
    List<Reference> references = new ArrayList<>();
    for (Storage storage : descriptor.storages()) {
      for (StorageFile file : storage.files()) {
        references.add(
            new Reference(
                Reference.STORAGE_IMAGE, file.file(), file.format(), file.guid().toString()));
      }
    }
    Origin origin = descriptor.origin();
    if (origin != null) {
      String snapshot = origin.snapshot() == null ? null : origin.snapshot().toString();
      references.add(
          new Reference(Reference.PARENT_BUNDLE, origin.parent(), BundleFormat.NAME, snapshot));
    }
    return references;
  }

  @Override
  public void close() throws IOException {
    try {
      if (files != null) {
        files.close();
      }
    } finally {
      input.close();
    }
  }
}
