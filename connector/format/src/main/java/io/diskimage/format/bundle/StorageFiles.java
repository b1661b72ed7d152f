package io.diskimage.format.bundle;

import io.diskimage.format.Closing;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageFormat;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.ImageInput;
import io.diskimage.format.Limit;
import io.diskimage.format.LimitExceededException;
import io.diskimage.format.Limits;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Reference;
import io.diskimage.format.ReferenceDeniedException;
import io.diskimage.format.ReferenceGate;
import io.diskimage.format.ReferenceMissingException;
import io.diskimage.format.StoredInput;
import io.diskimage.format.bundle.Descriptor.StorageFile;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** The open storage files of a bundle, each opened once for all states of the disk. Thread-safe. */
final class StorageFiles implements Closeable {
  /** A disk of 8 TiB in parts of 2 GiB has as many. */
  static final int MAX_FILES = 4096;

  private static final int LEAST_PAGE = 4096;

  private final ImageInput descriptor;
  private final int storages;
  private final LayerTree tree;
  private final ReferenceGate gate;
  private final OpenOptions options;
  private final Map<Place, DiskImage> open = new LinkedHashMap<>();
  private final Set<String> locations = new HashSet<>();
  private boolean closed;

  private record Place(int storage, UUID layer) {}

  /**
   * No files yet.
   *
   * @param descriptor names them, and stays the caller's
   * @param storages segments of the disk
   * @param options for reading; they are shared by the files
   */
  StorageFiles(ImageInput descriptor, int storages, LayerTree tree, OpenOptions options) {
    this.descriptor = descriptor;
    this.storages = storages;
    this.tree = tree;
    this.options = options.withReferences(ReferenceGate.DENY_ALL);
    this.gate = options.references();
    locations.add(descriptor.location());
  }

  /**
   * The layers of a segment, the top one first; they stay open until this is closed.
   *
   * @throws ReferenceDeniedException if policy forbids to open one
   * @throws ReferenceMissingException if one is not there
   * @throws LimitExceededException if they are too many
   */
  synchronized List<DiskImage> layers(int storage, LayerChain chain) throws IOException {
    requireOpen();
    if (chain.layers().size() - 1 > options.limits().chainDepth()) {
      throw new LimitExceededException(
          descriptor.location(),
          ImageException.NO_OFFSET,
          "the chain of layers is too deep",
          Limit.CHAIN_DEPTH,
          options.limits());
    }
    long files = (long) storages * chain.layers().size();
    if (files > MAX_FILES || open.size() + chain.layers().size() > MAX_FILES) {
      throw new LimitExceededException(
          descriptor.location(),
          ImageException.NO_OFFSET,
          "more than " + MAX_FILES + " storage files");
    }
    List<DiskImage> layers = new ArrayList<>();
    for (UUID layer : chain.layers()) {
      Place place = new Place(storage, layer);
      DiskImage image = open.get(place);
      if (image == null) {
        image = open(tree.file(storage, layer), (int) files);
        open.put(place, image);
      }
      layers.add(image);
    }
    return layers;
  }

  /** All that are open. */
  synchronized List<StoredInput> inputs() throws IOException {
    List<StoredInput> inputs = new ArrayList<>();
    for (DiskImage image : open.values()) {
      inputs.addAll(image.inputs());
    }
    return inputs;
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new IOException(descriptor.location() + ": the bundle is closed");
    }
  }

  private DiskImage open(StorageFile file, int files) throws IOException {
    ImageInput input = input(file);
    DiskImage image = null;
    try {
      if (!locations.add(input.location())) {
        throw new CorruptImageException(
            descriptor.location(),
            ImageException.NO_OFFSET,
            "Invalid disk descriptor: " + input.location() + " stands for two storage files");
      }
      ImageFormat format = ImageFormats.byName(file.format()).orElseThrow();
      image = format.open(input, options.withLimits(share(options.limits(), files)));
      return image;
    } finally {
      if (image == null) {
        input.close();
      }
    }
  }

  private ImageInput input(StorageFile file) throws IOException {
    ImageException first = null;
    for (String name : StorageNames.candidates(file.file())) {
      try {
        return gate.open(
            descriptor,
            new Reference(Reference.STORAGE_IMAGE, name, file.format(), file.guid().toString()));
      } catch (ReferenceDeniedException | ReferenceMissingException failure) {
        if (first == null) {
          first = failure;
        } else {
          first.addSuppressed(failure);
        }
      }
    }
    throw first;
  }

  /** All files together keep as many bytes of tables as one image may. */
  private static Limits share(Limits limits, int files) {
    int cache = Math.max(2 * LEAST_PAGE, limits.tableCacheBytes() / files);
    int page = Math.min(limits.tablePageBytes(), Integer.highestOneBit(cache / 2));
    return limits.withTables(page, cache);
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    try {
      Closing.all(open.values());
    } finally {
      open.clear();
    }
  }
}
