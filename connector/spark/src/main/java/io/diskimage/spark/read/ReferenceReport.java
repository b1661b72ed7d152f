package io.diskimage.spark.read;

import io.diskimage.format.Reference;
import io.diskimage.spark.cache.ImageLease;
import io.diskimage.spark.io.ChainRoots;
import io.diskimage.spark.io.Presence;
import io.diskimage.spark.io.ReferenceName;
import io.diskimage.spark.plan.ImageFile;
import io.diskimage.spark.plan.RowFilter;
import io.diskimage.spark.table.TableKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.Path;
import org.apache.spark.unsafe.types.UTF8String;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rows of {@code references}. No target is opened; whether it is there is asked only inside the
 * roots, and only if somebody wants to know. An image that cannot be read has no rows.
 */
final class ReferenceReport implements ReportTableReader.Report {
  private static final Logger LOG = LoggerFactory.getLogger(ReferenceReport.class);

  private final TaskScan scan;
  private final ChainRoots roots;
  private final boolean looks;

  ReferenceReport(TaskScan scan) {
    this.scan = scan;
    this.roots = new ChainRoots(scan.spec().chainRoots(), scan.spec().hadoopConf().value());
    Set<String> columns = Set.of(scan.spec().readSchema().fieldNames());
    this.looks = columns.contains("exists") || columns.contains("risks");
  }

  @Override
  public TableKind table() {
    return TableKind.REFERENCES;
  }

  @Override
  public ObjectRow listed(ImageFile file) {
    return new ObjectRow(TableKind.REFERENCES).set("path", file.path());
  }

  @Override
  public boolean mayHaveRows(ImageFile file, RowFilter filter) {
    return !filter.forPath(file.path()).isNever();
  }

  @Override
  public List<ObjectRow> rows(ImageFile file, ImageLease lease) throws IOException {
    List<ObjectRow> rows = new ArrayList<>();
    Path path = new Path(file.path());
    String imageId = lease.image().info().imageId();
    for (Reference reference : lease.image().references(scan.io())) {
      ObjectRow row = listed(file).set("kind", reference.kind());
      if (scan.spec().filter().accepts(row)) {
        row.set("target", reference.target())
            .set("target_format", reference.targetFormat())
            .set("target_id", reference.targetId());
        addResolution(row, path, imageId, reference);
        rows.add(row);
      }
    }
    return rows;
  }

  private void addResolution(ObjectRow row, Path image, String imageId, Reference reference)
      throws IOException {
    ReferenceName name = ReferenceName.of(image, reference);
    Path resolved = name.resolved();
    if (resolved != null) {
      row.set("resolved", resolved.toString());
    }
    if (!looks) {
      return;
    }
    Presence presence = resolved == null ? null : presence(image, name);
    if (presence == Presence.PRESENT || presence == Presence.MISSING) {
      row.set("exists", presence == Presence.PRESENT);
    }
    boolean self =
        image.equals(resolved)
            || (reference.targetId() != null && reference.targetId().equals(imageId));
    List<UTF8String> risks = new ArrayList<>();
    addIf(risks, name.absolute(), "absolute path");
    addIf(risks, name.climbs(), "parent directory");
    addIf(risks, name.protocol(), "protocol");
    addIf(risks, self, "self");
    addIf(risks, presence == Presence.MISSING, "missing");
    addIf(risks, presence == Presence.OUTSIDE, "outside roots");
    row.set("risks", risks);
  }

  /** Null where the store does not say. */
  private Presence presence(Path image, ReferenceName name) throws IOException {
    try {
      return roots.look(name);
    } catch (IOException failure) {
      TaskAttempts.rethrowPassing(image.toString(), failure);
      LOG.warn("Nobody knows whether what {} points to is there", image, failure);
      return null;
    }
  }

  private static void addIf(List<UTF8String> risks, boolean present, String risk) {
    if (present) {
      risks.add(UTF8String.fromString(risk));
    }
  }

  @Override
  public Optional<ObjectRow> failure(ImageFile file, IOException failure) {
    return Optional.empty();
  }
}
