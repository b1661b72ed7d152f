package io.diskimage.spark.plan;

import io.diskimage.spark.options.ListingOptions;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The regular files below the chain roots, each once. On local files no link is followed: what it
 * leads to is below a root by itself, or is nobody's business.
 */
final class RootListing {
  private static final Logger LOG = LoggerFactory.getLogger(RootListing.class);

  private final Configuration conf;
  private final Map<String, ImageFile> files = new TreeMap<>();

  RootListing(Configuration conf) {
    this.conf = conf;
  }

  /**
   * Lists.
   *
   * @param roots qualified directories; those that are not there have no files
   * @throws UncheckedIOException if a file system fails
   */
  List<ImageFile> list(List<String> roots) {
    for (String root : roots) {
      try {
        Path directory = new Path(root);
        if ("file".equals(directory.toUri().getScheme())) {
          addLocal(java.nio.file.Path.of(directory.toUri().getPath()).normalize());
        } else if (directory.getFileSystem(conf).getFileStatus(directory).isDirectory()) {
          addStored(root);
        }
      } catch (NoSuchFileException | FileNotFoundException missing) {
        LOG.info("No parents are looked for below {}: it is not there", root);
      } catch (IOException failure) {
        throw PlanErrors.listingFailed(root, failure);
      }
    }
    return List.copyOf(files.values());
  }

  private void addStored(String root) {
    String prefix = root.endsWith("/") ? root : root + "/";
    List<ListedFile> listed = new FileListing(conf, ListingOptions.ALL).list(List.of(root)).files();
    for (ListedFile each : listed) {
      // A directory's name may be read as a glob, which may match others.
      if (each.file().path().startsWith(prefix)) {
        files.put(each.file().path(), each.file());
      }
    }
  }

  private void addLocal(java.nio.file.Path root) throws IOException {
    java.nio.file.Path real = root.toRealPath();
    List<java.nio.file.Path> unreadable = new ArrayList<>();
    Files.walkFileTree(
        real,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(
              java.nio.file.Path directory, BasicFileAttributes attributes) {
            return !directory.equals(real) && isHidden(directory)
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(
              java.nio.file.Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile() && !isHidden(file)) {
              String path = "file:" + root.resolve(real.relativize(file));
              long modified = attributes.lastModifiedTime().toMillis();
              files.put(path, new ImageFile(path, attributes.size(), modified));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(java.nio.file.Path file, IOException failure) {
            unreadable.add(file);
            return FileVisitResult.CONTINUE;
          }
        });
    if (!unreadable.isEmpty()) {
      LOG.warn("No parents are looked for in {} of {}", unreadable, root);
    }
  }

  private static boolean isHidden(java.nio.file.Path path) {
    return FileChoice.isHidden(path.getFileName().toString());
  }
}
