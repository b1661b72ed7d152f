package io.diskimage.format.vhd;

import io.diskimage.format.ImageInput;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import java.io.IOException;

/** The parts of the check of a disk with a block table, each as far as those before it led. */
final class DynamicCheck {
  /** From here on XenServer's tools always write a batmap (vhd.md section 9.3). */
  private static final long ALWAYS_WITH_BATMAP = 0x0001_0002;

  private final CheckRun run;
  private final Footers footers;
  private final long sectors;
  private HeaderCopy header;
  private Batmap batmap;
  private boolean batmapCounts;

  /**
   * A check of one disk.
   *
   * @param sectors of the disk by the size rule
   */
  DynamicCheck(CheckRun run, Footers footers, long sectors) {
    this.run = run;
    this.footers = footers;
    this.sectors = sectors;
  }

  void check() throws IOException {
    run.part(
        "dynamic-header",
        () -> {
          header = new DynamicHeaderCheck(run, footers).check();
          if (header != null) {
            new TableFieldsCheck(run, footers, header).check(sectors);
          }
        });
    if (header == null) {
      return;
    }
    if (footers.fields().isDifferencing()) {
      run.part("parent", () -> new LocatorCheck(run, footers.fields(), header).check());
    }
    if (run.reaches(CheckLevel.METADATA) && header.fields().hasBlockSize()) {
      run.part("batmap", this::findBatmap);
      checkBlocks(
          new DiskLayout(run.input(), run.open().limits(), footers, header, sectors, batmap));
    }
  }

  private void findBatmap() throws IOException {
    VhdFooter footer = footers.fields();
    ImageInput input = run.input();
    long tableEnd = header.fields().tableOffset();
    boolean reachable =
        tableEnd >= 0 && tableEnd <= input.sectorLength() - header.fields().tableBytes();
    if (!Batmap.mayBeIn(footer) || !reachable) {
      return;
    }
    Batmap found = Batmap.read(input, header.fields(), run.io());
    if (found.hasCookie()) {
      batmap = found;
    } else if (footer.creatorVersion() >= ALWAYS_WITH_BATMAP) {
      run.find(
          Finding.of(FindingKind.VHD_BATMAP)
              .host(found.headerAt(), Batmap.HEADER_BYTES)
              .says("no batmap behind the block table of a disk by XenServer"));
    }
  }

  private void checkBlocks(DiskLayout layout) throws IOException {
    TableCheck table = new TableCheck(run, layout);
    run.part("table", table::check);
    if (batmap != null) {
      run.part(
          "batmap-bits",
          () ->
              batmapCounts =
                  new BatmapCheck(run, layout, batmap).check(header.fields().maxTableEntries()));
    }
    HostOrder order = HostOrder.of(run, layout, table.stored());
    run.part("blocks", () -> new BlockOrderCheck(run, layout).check(order));
    // A small read for each block: only to look at its data, or to judge a map of the bitmaps.
    if (batmapCounts || run.reaches(CheckLevel.FULL)) {
      run.part(
          "sector-bitmaps",
          () ->
              new BitmapCheck(run, layout, footers.fields(), batmapCounts ? batmap : null)
                  .check(order));
    }
    if (table.isComplete()) {
      run.part("tail", () -> TailCheck.check(run, footers, layout, table));
    }
  }
}
