package io.diskimage.spark.plan;

import io.diskimage.spark.plan.ListedFile.HostBlock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.BlockLocation;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/** Listings with the hosts of the files' bytes, where they are worth asking for. */
final class FileBlocks {
  /**
   * File systems that give hosts along with the listing. On others they would cost a call per file,
   * on the local one even a process per file.
   */
  private static final Set<String> LOCATED = Set.of("hdfs", "viewfs");

  /** Files of a directory up to which asking for each is less than listing the directory. */
  private static final int FEW = 16;

  private FileBlocks() {}

  static List<FileStatus> list(FileSystem fileSystem, Path directory) throws IOException {
    if (!LOCATED.contains(fileSystem.getUri().getScheme())) {
      return List.of(fileSystem.listStatus(directory));
    }
    List<FileStatus> children = new ArrayList<>();
    RemoteIterator<LocatedFileStatus> located = fileSystem.listLocatedStatus(directory);
    while (located.hasNext()) {
      children.add(located.next());
    }
    return children;
  }

  /**
   * Files and directories that paths name, the files with their hosts.
   *
   * @param named of one file system, without hosts
   */
  static List<FileStatus> locate(List<FileStatus> named, Configuration conf) throws IOException {
    FileSystem fileSystem = named.get(0).getPath().getFileSystem(conf);
    if (!LOCATED.contains(fileSystem.getUri().getScheme())) {
      return named;
    }
    Map<Path, List<Path>> files = new LinkedHashMap<>();
    for (FileStatus status : named) {
      if (!status.isDirectory()) {
        Path path = status.getPath();
        files.computeIfAbsent(path.getParent(), parent -> new ArrayList<>()).add(path);
      }
    }
    Map<Path, FileStatus> located = new HashMap<>();
    for (Map.Entry<Path, List<Path>> siblings : files.entrySet()) {
      boolean few = siblings.getValue().size() <= FEW;
      for (Path listed : few ? siblings.getValue() : List.of(siblings.getKey())) {
        for (FileStatus status : list(fileSystem, listed)) {
          located.put(status.getPath(), status);
        }
      }
    }
    return named.stream()
        .map(
            status ->
                status.isDirectory() ? status : located.getOrDefault(status.getPath(), status))
        .toList();
  }

  static ListedFile withBlocks(FileStatus status) {
    List<HostBlock> blocks = new ArrayList<>();
    if (status instanceof LocatedFileStatus located && located.getBlockLocations() != null) {
      for (BlockLocation block : located.getBlockLocations()) {
        blocks.add(new HostBlock(block.getOffset(), block.getLength(), hosts(block)));
      }
    }
    return new ListedFile(ImageFile.of(status.getPath().toString(), status), List.copyOf(blocks));
  }

  private static List<String> hosts(BlockLocation block) {
    try {
      // A cluster has few hosts, and a listing names them for every file anew.
      return Arrays.stream(block.getHosts()).map(String::intern).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
