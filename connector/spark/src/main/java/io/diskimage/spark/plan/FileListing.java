package io.diskimage.spark.plan;

import io.diskimage.spark.options.ListingOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * The files under some paths, each once, ordered by path. Directories are listed a level at a time,
 * those of one level in parallel.
 */
final class FileListing {
  private static final int MOST_THREADS = 32;

  private final Configuration conf;
  private final FileChoice choice;
  private final boolean recursive;

  FileListing(Configuration conf, ListingOptions options) {
    this.conf = conf;
    this.choice = new FileChoice(options);
    this.recursive = options.recursive();
  }

  /**
   * Lists.
   *
   * @param paths files, directories and globs
   * @throws UncheckedIOException if a file system fails; Spark's PATH_NOT_FOUND if a path names
   *     nothing
   */
  Listing list(List<String> paths) {
    ExecutorService pool =
        Executors.newFixedThreadPool(
            MOST_THREADS,
            task -> {
              Thread thread = new Thread(task, "diskimage-listing");
              thread.setDaemon(true);
              return thread;
            });
    try {
      return list(paths, pool);
    } finally {
      pool.shutdownNow();
    }
  }

  /**
   * What was found.
   *
   * @param files each once, ordered by path
   * @param directories that the paths speak of, in their order
   */
  record Listing(List<ListedFile> files, List<String> directories) {}

  private Listing list(List<String> paths, ExecutorService pool) {
    Map<String, ListedFile> files = new TreeMap<>();
    Set<Path> seen = new HashSet<>();
    List<Path> level = new ArrayList<>();
    List<List<FileStatus>> found =
        inParallel(paths, path -> FileBlocks.locate(PathRoots.of(path, conf), conf), pool);
    List<String> directories = new ArrayList<>();
    for (int i = 0; i < paths.size(); i++) {
      List<FileStatus> roots = found.get(i);
      directories.add(directory(paths.get(i), roots));
      for (FileStatus root : roots) {
        if (root.isDirectory()) {
          level.add(root.getPath());
        } else {
          add(root, files);
        }
      }
    }
    while (!level.isEmpty()) {
      level.removeIf(directory -> !seen.add(directory));
      List<Path> next = new ArrayList<>();
      for (List<FileStatus> children : inParallel(level, this::children, pool)) {
        for (FileStatus child : children) {
          if (!child.isDirectory()) {
            add(child, files);
          } else if (recursive) {
            next.add(child.getPath());
          }
        }
      }
      level = next;
    }
    return new Listing(List.copyOf(files.values()), List.copyOf(directories));
  }

  private String directory(String path, List<FileStatus> roots) {
    try {
      return PathRoots.directory(path, roots, conf).toString();
    } catch (IOException e) {
      throw PlanErrors.listingFailed(path, e);
    }
  }

  private void add(FileStatus status, Map<String, ListedFile> files) {
    if (choice.takes(status)) {
      String path = status.getPath().toString();
      files.computeIfAbsent(path, key -> FileBlocks.withBlocks(status));
    }
  }

  private List<FileStatus> children(Path directory) throws IOException {
    List<FileStatus> children = new ArrayList<>();
    for (FileStatus child : FileBlocks.list(directory.getFileSystem(conf), directory)) {
      boolean hidden = FileChoice.isHidden(child.getPath().getName());
      if (!hidden && !(child.isDirectory() && SymbolicLoop.isOne(child.getPath()))) {
        children.add(child);
      }
    }
    return children;
  }

  private interface Lister<T> {
    List<FileStatus> list(T what) throws IOException;
  }

  private static <T> List<List<FileStatus>> inParallel(
      Collection<T> inputs, Lister<T> lister, ExecutorService pool) {
    Map<T, Future<List<FileStatus>>> pending = new LinkedHashMap<>();
    for (T input : inputs) {
      Callable<List<FileStatus>> task = () -> lister.list(input);
      pending.computeIfAbsent(input, each -> pool.submit(task));
    }
    List<List<FileStatus>> results = new ArrayList<>();
    for (T input : inputs) {
      results.add(await(input.toString(), pending.get(input)));
    }
    return results;
  }

  private static List<FileStatus> await(String path, Future<List<FileStatus>> result) {
    try {
      return result.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Listing was interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw PlanErrors.listingFailed(path, io);
      }
      throw PlanErrors.rethrow(e.getCause());
    }
  }
}
