package io.diskimage.spark.read;

import io.diskimage.format.AllocationSummary;
import io.diskimage.format.ImageChangedException;
import io.diskimage.format.Purpose;
import io.diskimage.spark.cache.ImageCache;
import io.diskimage.spark.cache.ImageLease;
import io.diskimage.spark.index.IndexRow;
import io.diskimage.spark.index.IndexWork;
import io.diskimage.spark.index.IndexWritten;
import io.diskimage.spark.index.KnownRows;
import io.diskimage.spark.index.PartWriter;
import io.diskimage.spark.plan.ImageFile;
import io.diskimage.spark.plan.ScanSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;

/** Writes parts of an index: rows of the index before as they are, those of other images anew. */
public final class IndexBuilder implements FlatMapFunction<Iterator<IndexWork>, IndexWritten> {
  private static final long serialVersionUID = 1L;

  private final Broadcast<ScanSpec> spec;
  private final String location;
  private final String generation;

  /**
   * Shared by all tasks.
   *
   * @param spec of a scan of {@code images}
   * @param location of the index
   * @param generation that is built
   */
  public IndexBuilder(Broadcast<ScanSpec> spec, String location, String generation) {
    this.spec = spec;
    this.location = location;
    this.generation = generation;
  }

  @Override
  public Iterator<IndexWritten> call(Iterator<IndexWork> works) throws IOException {
    List<IndexWritten> written = new ArrayList<>();
    while (works.hasNext()) {
      written.add(new Task(works.next()).run());
    }
    return written.iterator();
  }

  /** The work on one lot of files. */
  private final class Task {
    private final IndexWork work;
    private final TaskScan scan = new TaskScan(spec.value(), ImageCache.get());
    private final ImageReport report = new ImageReport(scan);
    private final Configuration conf = scan.spec().hadoopConf().value();
    private final List<ImageFile> opened;
    private long carried;
    private long failed;

    Task(IndexWork work) {
      this.work = work;
      this.opened = new ArrayList<>(work.opened());
    }

    IndexWritten run() throws IOException {
      try (PartWriter writer = new PartWriter(location, generation, conf)) {
        for (IndexWork.Carried part : work.carried()) {
          carry(part, writer);
        }
        for (ImageFile file : opened) {
          scan.checkKilled();
          add(row(file), writer);
        }
        return new IndexWritten(writer.finish(), carried, opened.size(), failed);
      }
    }

    /** What cannot be carried over is opened. */
    private void carry(IndexWork.Carried part, PartWriter writer) throws IOException {
      try (KnownRows rows = KnownRows.whole(part.known(), conf)) {
        for (ImageFile file : part.files()) {
          Optional<IndexRow> row = rows.next(file);
          if (row.isPresent()) {
            carried++;
            add(row.get(), writer);
          } else {
            opened.add(file);
          }
        }
      }
    }

    private void add(IndexRow row, PartWriter writer) throws IOException {
      if (row.failed()) {
        failed++;
      }
      writer.add(row);
    }

    private IndexRow row(ImageFile file) throws IOException {
      try (ImageLease lease = scan.lease(file, Purpose.INFO)) {
        ObjectRow row;
        try {
          row = report.described(file, lease);
        } catch (IOException unreadable) {
          if (Failures.mayPass(unreadable)) {
            lease.distrust();
          }
          throw unreadable;
        }
        IOException failure = report.addAllocation(row, file, lease);
        AllocationSummary allocation = failure == null ? lease.image().allocation(scan.io()) : null;
        return IndexRow.opened(row, file.etag(), isSettled(file, failure), allocation);
      } catch (IOException failure) {
        Failures.rethrowInterruption(failure);
        scan.noteFailure(file, failure);
        ObjectRow row = report.failure(file, failure).orElseThrow();
        return IndexRow.refused(row, file.etag(), isSettled(file, failure));
      }
    }

    private boolean isSettled(ImageFile file, IOException failure) {
      boolean passes =
          failure != null
              && (Failures.mayPass(failure)
                  || Failures.reason(failure) instanceof ImageChangedException);
      return !passes && work.tellsChanges(file);
    }
  }
}
