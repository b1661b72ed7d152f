package io.diskimage.spark.read;

import io.diskimage.format.AllocationSummary;
import io.diskimage.format.ImageInfo;
import io.diskimage.format.IoCounters;
import io.diskimage.spark.cache.ImageLease;
import io.diskimage.spark.plan.ImageFile;
import io.diskimage.spark.table.TableKind;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/** Rows of {@code images}: one per file, readable or not. */
final class ImageReport implements ReportTableReader.Report {
  private final IoCounters io;
  private final boolean wantsAllocation;

  ImageReport(TaskScan scan) {
    io = scan.io();
    wantsAllocation = readsTables(scan.spec().readSchema());
  }

  /** Whether rows of these columns need more of an image than its header. */
  static boolean readsTables(StructType readSchema) {
    return List.of(readSchema.fieldNames()).contains("allocated_size");
  }

  @Override
  public TableKind table() {
    return TableKind.IMAGES;
  }

  @Override
  public List<ObjectRow> rows(ImageFile file, ImageLease lease) throws IOException {
    ObjectRow row = described(file, lease);
    if (wantsAllocation) {
      var unused = addAllocation(row, file, lease);
    }
    return List.of(row);
  }

  /** What the header says. */
  ObjectRow described(ImageFile file, ImageLease lease) throws IOException {
    ImageInfo info = lease.image().info();
    return listed(file)
        .set("format", info.format())
        .set("format_version", info.formatVersion())
        .set("virtual_size", info.virtualSize())
        .set("cluster_size", info.clusterSize())
        .set("encrypted", info.encrypted())
        .set("dirty", info.dirty())
        .set("corrupt", info.corrupt())
        .set("backing_file", info.backingFile())
        .set("backing_format", info.backingFormat())
        .set("data_file", info.dataFile())
        .set("parent_id", info.parentId())
        .set("image_id", info.imageId())
        .set("snapshot_count", info.snapshotCount())
        .set("bitmap_count", info.bitmapCount())
        .set("features", info.features().stream().map(UTF8String::fromString).toList())
        .set("header", header(info));
  }

  @Override
  public ObjectRow listed(ImageFile file) {
    return new ObjectRow(TableKind.IMAGES)
        .set("path", file.path())
        .set("host_size", file.length())
        .set("modified", file.modificationTime() * 1000);
  }

  private static Map<UTF8String, UTF8String> header(ImageInfo info) {
    Map<UTF8String, UTF8String> header = new LinkedHashMap<>();
    info.header()
        .forEach(
            (field, value) ->
                header.put(UTF8String.fromString(field), UTF8String.fromString(value)));
    return header;
  }

  /**
   * What the tables say; what the header says is shown also where they cannot be read.
   *
   * @return why they cannot be read, which the row says too, or null
   */
  IOException addAllocation(ObjectRow row, ImageFile file, ImageLease lease) throws IOException {
    IOException failure;
    try {
      AllocationSummary allocation = lease.image().allocation(io);
      failure = allocation.failure();
      if (failure == null) {
        row.set("allocated_size", allocation.total());
      }
    } catch (IOException unreadable) {
      failure = unreadable;
    }
    if (failure != null) {
      if (Failures.mayPass(failure)) {
        lease.distrust();
      }
      TaskAttempts.rethrowPassing(file.path(), failure);
      row.set("error", Failures.struct(file.path(), failure));
    }
    return failure;
  }

  @Override
  public Optional<ObjectRow> failure(ImageFile file, IOException failure) {
    return Optional.of(
        listed(file)
            .set("format", failure instanceof OpenFailure open ? open.format() : null)
            .set("error", Failures.struct(file.path(), failure)));
  }
}
