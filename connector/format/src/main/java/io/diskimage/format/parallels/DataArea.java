package io.diskimage.format.parallels;

import io.diskimage.format.ImageInput;

/**
 * Where clusters may lie in a file (parallels.md sections 1.3 and 7.1).
 *
 * @param start first byte
 * @param fileEnd length of the file in whole sectors
 * @param coveredEnd end of the last cluster from {@code start} on of which the file has a part
 * @param clusterBytes size of a cluster
 */
record DataArea(long start, long fileEnd, long coveredEnd, long clusterBytes) {

  static DataArea of(ParallelsHeader header, ImageInput input) {
    long fileEnd = input.sectorLength();
    long start = header.dataStart(fileEnd / 512) * 512;
    long cluster = header.clusterBytes();
    long covered = (Math.max(0, fileEnd - start) + cluster - 1) / cluster;
    return new DataArea(start, fileEnd, start + covered * cluster, cluster);
  }

  boolean beginsIn(long offset) {
    return start <= offset && offset < fileEnd;
  }

  boolean endsBehind(long offset) {
    return offset > fileEnd - clusterBytes;
  }
}
