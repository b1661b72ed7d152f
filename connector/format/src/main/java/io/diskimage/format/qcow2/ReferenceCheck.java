package io.diskimage.format.qcow2;

import io.diskimage.format.LimitExceededException;
import io.diskimage.format.check.CheckRun;
import java.io.IOException;

/**
 * Counts everything that refers to a cluster and compares that with the counts the image keeps
 * (qcow2.md section 7.1). Where memory does not suffice for all clusters, passes follow one another
 * over ranges of them.
 */
final class ReferenceCheck {
  private final CheckRun run;
  private final CheckedImage image;
  private final BitmapTables bitmaps;
  private final SnapshotAreas snapshots;
  private final MappingStatistics statistics = new MappingStatistics();
  private final RefcountBlockCheck blocks;
  private SingleReferences singles;
  private Comparison comparison;
  private MappingCheck met;
  private boolean mappingCounted = true;
  private boolean bitmapsCounted = true;
  private long clusters;

  ReferenceCheck(CheckedImage image, BitmapTables bitmaps) {
    this.run = image.run();
    this.image = image;
    this.bitmaps = bitmaps;
    this.snapshots = new SnapshotAreas(image);
    this.blocks = new RefcountBlockCheck(image);
  }

  void check() throws IOException {
    if (image.clusters() > Integer.MAX_VALUE) {
      run.part("refcounts", this::tooManyClusters);
      return;
    }
    run.part("snapshots", snapshots::read);
    // A cluster may be counted behind the file's last one, which may be cut short.
    long limit = image.clusters() + 1;
    long counted = 0;
    long judged = 0;
    boolean first = true;
    while (counted < limit || judged < limit) {
      long from = judged;
      run.part("refcounts", () -> readSingles(from, limit));
      ReferenceCounts counts = new ReferenceCounts(counted, limit, run.memoryBudget() / 8 * 5);
      pass(new CountingPass(image, counts, singles, first));
      counted = counts.end();
      judged = singles.end();
      first = false;
    }
    run.part("refcounts", comparison::end);
  }

  private void readSingles(long from, long limit) throws IOException {
    singles = SingleReferences.read(image, from, limit, run.memoryBudget() / 4);
  }

  private void tooManyClusters() throws IOException {
    throw new LimitExceededException(
        image.input().location(),
        image.fileEnd(),
        image.clusters() + " clusters are more than QEMU counts");
  }

  private void pass(CountingPass pass) throws IOException {
    run.part("header", () -> countHeader(pass));
    run.part("snapshots", () -> snapshots.count(pass));
    if (mappingCounted) {
      mappingCounted = false;
      run.part("mapping", () -> countMapping(pass));
    }
    if (bitmapsCounted) {
      bitmapsCounted = false;
      run.part(
          "bitmaps",
          () -> {
            bitmaps.count(pass);
            bitmapsCounted = true;
          });
    }
    run.part("refcounts", () -> compare(pass));
  }

  private void countHeader(CountingPass pass) {
    Qcow2Header header = image.header();
    pass.region(0, image.clusterSize(), "header", 0, image.clusterSize());
    pass.region(
        header.refcountTableOffset(),
        header.refcountTableClusters() * image.clusterSize(),
        "refcount table",
        48,
        Long.BYTES);
    pass.region(
        image.extensions().encryptionOffset(),
        image.extensions().encryptionLength(),
        "encryption header",
        header.headerLength(),
        HeaderExtensions.end(header) - header.headerLength());
    pass.region(
        header.l1TableOffset(), header.l1Size() * L1Table.ENTRY_BYTES, "L1 table", 40, Long.BYTES);
  }

  private void countMapping(CountingPass pass) throws IOException {
    MappingCheck mapping =
        new MappingCheck(image, pass, pass.first() ? statistics : new MappingStatistics());
    new MappingWalk(image, areas()).visit(mapping);
    mappingCounted = true;
    if (pass.first()) {
      met = mapping;
      run.statistics(
          (image.header().virtualSize() + image.clusterSize() - 1) >>> image.clusterBits(),
          statistics.allocatedClusters(),
          statistics.fragmentedClusters(),
          statistics.compressedClusters());
    }
  }

  /** What the first pass met in the mapping, or null if that could not be read to its end. */
  MappingCheck mapping() {
    return met;
  }

  /** End of the used part of the file, or the file's end if that is not known. */
  long usedEnd() {
    return comparison == null || !comparison.complete() ? image.fileEnd() : comparison.usedEnd();
  }

  /** The L1 tables of the active disk and of the snapshots. */
  TableAreas areas() {
    Qcow2Header header = image.header();
    return new TableAreas(image, header.l1TableOffset(), header.l1Size(), snapshots.tables());
  }

  private void compare(CountingPass pass) throws IOException {
    if (pass.first()) {
      clusters = image.clusters() + (pass.grown() ? 1 : 0);
      blocks.judge(clusters);
      comparison = new Comparison(image, snapshots.complete() && mappingCounted && bitmapsCounted);
    }
    blocks.count(pass.counts());
    blocks.judgeShared(pass.counts());
    comparison.compare(pass.counts(), Math.min(clusters, pass.counts().end()));
  }
}
