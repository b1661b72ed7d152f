package io.diskimage.format.bundle;

import io.diskimage.format.AllocationSummary;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInfo;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
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
import java.util.List;
import java.util.Objects;

/** An opened descriptor: described, never read. It stores no guest data itself. */
final class BundleImage implements DiskImage {
  private static final long NO_CLUSTER = 64 << 10;

  private final ImageInput input;
  private final Descriptor descriptor;
  private final ImageInfo info;
  private final AllocationSummary nothing;

  BundleImage(ImageInput input, Descriptor descriptor, LayerChain chain) {
    this.input = input;
    this.descriptor = descriptor;
    this.info = BundleInfo.of(descriptor, chain);
    this.nothing = new AllocationSummary.Builder(virtualSize(), clusterSize()).build();
  }

  /** Rows 5 and 6 of parallels-bundle.md section 6, and what holds for every bundle. */
  UnsupportedImageException unreadable() {
    String reason =
        "Parallels bundles are described only: the guest data lie in the storage files that the"
            + " descriptor names";
    if (descriptor.padding() != 0) {
      reason = "Parallels disks with padding are not supported";
    } else if (descriptor.isEncrypted()) {
      reason = "Encrypted Parallels disks are not supported";
    }
    return new UnsupportedImageException(input.location(), ImageException.NO_OFFSET, reason);
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
    throw unreadable();
  }

  @Override
  public AllocationSummary allocation(IoCounters io) {
    return nothing;
  }

  @Override
  public List<StoredInput> inputs() throws IOException {
    throw unreadable();
  }

  /** Layers of a bundle are files, no internal snapshots. */
  @Override
  public List<SnapshotInfo> snapshots() {
    return List.of();
  }

  @Override
  public DiskImage at(String snapshot) throws IOException {
    throw new SnapshotNotFoundException(
        input.location(),
        ImageException.NO_OFFSET,
        "no snapshot '" + snapshot + "': the format " + BundleFormat.NAME + " has none");
  }

  @Override
  public List<Reference> references(IoCounters io) {
    List<Reference> references = new ArrayList<>();
    for (Storage storage : descriptor.storages()) {
      for (StorageFile file : storage.files()) {
        references.add(
            new Reference(
                Reference.STORAGE_IMAGE, file.file(), format(file), file.guid().toString()));
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

  private static String format(StorageFile file) {
    if (file.isCompressed()) {
      return "parallels";
    }
    return file.isPlain() ? "raw" : null;
  }

  @Override
  public void close() throws IOException {
    input.close();
  }
}
