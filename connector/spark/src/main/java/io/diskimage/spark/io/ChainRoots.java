package io.diskimage.spark.io;

import io.diskimage.spark.plan.ImageFile;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * The directories that references may lead into. What lies elsewhere is not looked at: the names
 * stand in files that anybody may have written.
 */
public final class ChainRoots {
  private final List<Path> roots;
  private final Configuration conf;
  private final FileLinks links;
  private LocalRoots local;

  /**
   * Roots as qualified paths.
   *
   * @param conf for asking stores
   */
  public ChainRoots(List<String> roots, Configuration conf) {
    this(roots, conf, FileLinks.NIO);
  }

  ChainRoots(List<String> roots, Configuration conf, FileLinks links) {
    this.roots = roots.stream().map(Path::new).toList();
    this.conf = conf;
    this.links = links;
  }

  /**
   * Looks for the target of a name by one status call, on local files by one for each component
   * below the root, since any may be a link.
   *
   * @param name that leads to a path
   * @throws IOException if the store does not say whether the file is there
   */
  public Presence look(ReferenceName name) throws IOException {
    return find(name).presence();
  }

  /** As {@link #look}, with the file that was found. */
  Target find(ReferenceName name) throws IOException {
    Path resolved = name.resolved();
    if (roots.stream().noneMatch(root -> isWithin(root, resolved))) {
      return Target.OUTSIDE;
    }
    if ("file".equals(resolved.toUri().getScheme())) {
      return local().look(name.allComponents());
    }
    try {
      FileStatus status = resolved.getFileSystem(conf).getFileStatus(resolved);
      return status.isFile()
          ? Target.file(ImageFile.of(resolved.toString(), status))
          : Target.NO_FILE;
    } catch (FileNotFoundException missing) {
      return Target.MISSING;
    } catch (IllegalArgumentException notOfThisStore) {
      // As HDFS answers for a name with a colon.
      return Target.MISSING;
    }
  }

  private LocalRoots local() throws IOException {
    if (local == null) {
      List<java.nio.file.Path> directories = new ArrayList<>();
      for (Path root : roots) {
        if ("file".equals(root.toUri().getScheme())) {
          directories.add(java.nio.file.Path.of(root.toUri().getPath()));
        }
      }
      local = LocalRoots.of(directories, links);
    }
    return local;
  }

  /** The directories, for messages. */
  @Override
  public String toString() {
    return roots.toString();
  }

  private static boolean isWithin(Path root, Path path) {
    String above = root.toUri().getPath();
    String prefix = above.endsWith("/") ? above : above + "/";
    return Objects.equals(root.toUri().getScheme(), path.toUri().getScheme())
        && Objects.equals(root.toUri().getAuthority(), path.toUri().getAuthority())
        && path.toUri().getPath().startsWith(prefix);
  }
}
