package io.diskimage.spark.index;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.conf.Configuration;

/**
 * The index at a location as planning reads it. Whatever is wrong with it makes it say less, and is
 * warned of once: nothing depends on an index but what there is to do.
 */
public final class FleetIndex {
  /** Each holds one part. */
  private static final int THREADS = 4;

  private final IndexDirectory directory;
  private final IndexProblems problems;
  private List<IndexPart> parts = List.of();

  private FleetIndex(IndexDirectory directory, IndexProblems problems) {
    this.directory = directory;
    this.problems = problems;
  }

  /** Takes rows while planning reads them; called by several threads, one at a time. */
  @FunctionalInterface
  public interface Visitor {

    /**
     * A row.
     *
     * @param part position of the part in {@link #parts()}
     * @param position of the row in the part
     */
    void row(int part, int position, IndexRow row);
  }

  /**
   * Opens the newest generation that can be read and was built with some settings.
   *
   * @param mustExist whether it is worth a warning if there is none
   * @throws IOException if there is no such file system
   */
  public static FleetIndex open(
      String location, Configuration conf, IndexSettings settings, boolean mustExist)
      throws IOException {
    IndexDirectory directory = new IndexDirectory(location, conf);
    FleetIndex index = new FleetIndex(directory, new IndexProblems(location));
    index.parts = index.find(settings, mustExist);
    return index;
  }

  private List<IndexPart> find(IndexSettings settings, boolean mustExist) throws IOException {
    List<String> names;
    try {
      names = directory.manifests();
    } catch (IOException unreadable) {
      note(unreadable);
      return List.of();
    }
    if (names.isEmpty() && mustExist) {
      problems.add("there is no index");
    }
    for (String name : names) {
      try {
        IndexManifest manifest = directory.manifest(name);
        List<String> differences = new IndexSettings(manifest.settings()).differences(settings);
        if (differences.isEmpty()) {
          return manifest.parts();
        }
        problems.add("it was built with another " + String.join(", ", differences));
        return List.of();
      } catch (IOException damaged) {
        note(damaged);
      }
    }
    return List.of();
  }

  private void note(IOException failure) throws IOException {
    if (failure instanceof InterruptedIOException) {
      throw failure;
    }
    problems.add(failure);
  }

  /** The location with its file system. */
  public String location() {
    return directory.location().toString();
  }

  /** The parts; none if there is no index to go by. */
  public List<IndexPart> parts() {
    return parts;
  }

  /** What could not be used so far. */
  public long problems() {
    return problems.count();
  }

  /**
   * Reads all rows once, and warns of what cannot be read.
   *
   * @param columns of {@code images}, besides those that tell the file
   * @throws IOException if the thread is interrupted
   */
  public void read(Collection<String> columns, Visitor visitor) throws IOException {
    ExecutorService pool =
        Executors.newFixedThreadPool(
            THREADS,
            task -> {
              Thread thread = new Thread(task, "diskimage-index");
              thread.setDaemon(true);
              return thread;
            });
    try {
      List<Future<?>> pending = new ArrayList<>();
      for (int part = 0; part < parts.size(); part++) {
        int position = part;
        pending.add(pool.submit(() -> read(position, columns, visitor)));
      }
      for (Future<?> result : pending) {
        await(result);
      }
    } finally {
      pool.shutdownNow();
    }
    problems.log();
  }

  private void read(int position, Collection<String> columns, Visitor visitor) {
    IndexPart part = parts.get(position);
    try (PartRows rows = PartRows.open(part, directory.part(part), columns)) {
      for (int row = 0; rows.hasNext(); row++) {
        IndexRow next = rows.next();
        synchronized (visitor) {
          visitor.row(position, row, next);
        }
      }
    } catch (IOException unreadable) {
      problems.add(unreadable);
    }
  }

  private static void await(Future<?> result) throws IOException {
    try {
      result.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException failure = new InterruptedIOException("reading an index");
      failure.initCause(e);
      throw failure;
    } catch (ExecutionException e) {
      throw new IllegalStateException("reading an index", e.getCause());
    }
  }
}
