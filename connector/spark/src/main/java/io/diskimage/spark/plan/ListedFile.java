package io.diskimage.spark.plan;

import java.util.List;

/**
 * A file of the listing and where its bytes lie.
 *
 * @param file what executors learn of it
 * @param blocks of a distributed file system, in the order of the file; empty for others
 */
record ListedFile(ImageFile file, List<HostBlock> blocks) {

  /**
   * A run of bytes and the hosts that hold it.
   *
   * @param offset in the file, bytes
   * @param length bytes
   * @param hosts names
   */
  record HostBlock(long offset, long length, List<String> hosts) {}
}
