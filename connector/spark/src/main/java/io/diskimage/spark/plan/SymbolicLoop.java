package io.diskimage.spark.plan;

import java.io.IOException;
import java.nio.file.Files;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Directories of the local file system that lead back to one above them. */
final class SymbolicLoop {
  private static final Logger LOG = LoggerFactory.getLogger(SymbolicLoop.class);

  private SymbolicLoop() {}

  /** Whether listing the directory would list those above it again. */
  static boolean isOne(Path directory) throws IOException {
    if (!"file".equals(directory.toUri().getScheme())) {
      return false;
    }
    java.nio.file.Path local = java.nio.file.Path.of(directory.toUri().getPath());
    if (!Files.isSymbolicLink(local)) {
      return false;
    }
    boolean loop = local.getParent().toRealPath().startsWith(local.toRealPath());
    if (loop) {
      LOG.warn("Not listing {}: it links to a directory above it", directory);
    }
    return loop;
  }
}
