package io.diskimage.format.qcow2;

import io.diskimage.format.ImageInput;
import io.diskimage.format.Purpose;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckRun;
import java.io.IOException;

/**
 * An image under check: what opening it for that accepts (qcow2.md section 2), and the file's
 * length in the units that the rules use.
 */
record CheckedImage(
    CheckRun run, Qcow2Header header, HeaderExtensions extensions, RefcountTable refcounts) {

  /** Reads the header, and for more than a check of the header what else can make QEMU refuse. */
  static CheckedImage open(CheckRun run) throws IOException {
    ByteWindow bytes = new ByteWindow(run.input(), run.io());
    Qcow2Header header = Qcow2Header.parse(bytes);
    HeaderChecks checks = new HeaderChecks(header, run.input(), Purpose.CHECK);
    checks.beforeExtensions(() -> FeatureNames.read(bytes, header));
    HeaderExtensions extensions = HeaderExtensions.read(bytes, header);
    checks.afterExtensions(extensions);
    checks.backingFile(bytes);
    if (!run.reaches(CheckLevel.METADATA)) {
      return new CheckedImage(run, header, extensions, RefcountTable.NONE);
    }
    RefcountTable refcounts = RefcountTable.read(run.input(), run.io(), header);
    return new CheckedImage(run, header, extensions, refcounts);
  }

  ImageInput input() {
    return run.input();
  }

  int clusterBits() {
    return (int) header.clusterBits();
  }

  long clusterSize() {
    return header.clusterSize();
  }

  /** Length of the file, rounded up to sectors. */
  long fileEnd() {
    return input().sectorLength();
  }

  /** Clusters of the file, its last one perhaps only begun. */
  long clusters() {
    return (fileEnd() + clusterSize() - 1) >>> clusterBits();
  }

  /** Whether the file has all or a part of what lies at an offset of any value. */
  boolean stores(long offset) {
    return offset >= 0 && offset < fileEnd();
  }

  int l2EntryBytes() {
    return header.extendedL2() ? L2Tables.EXTENDED_ENTRY_BYTES : L2Tables.ENTRY_BYTES;
  }
}
