package io.diskimage.format.qcow2;

/** Compresses one cluster. One per thread; may hold native memory until closed. */
interface ClusterEncoder extends AutoCloseable {

  /**
   * Compresses a cluster.
   *
   * @param target as long as the cluster
   * @return length of the stream, or -1 if it is not shorter than the cluster
   */
  int encode(byte[] cluster, int offset, int length, byte[] target);

  @Override
  void close();
}
