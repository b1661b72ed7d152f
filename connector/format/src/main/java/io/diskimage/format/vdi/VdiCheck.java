package io.diskimage.format.vdi;

import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.FormatCheck;
import java.io.IOException;

/**
 * The check of {@code vdi}: QEMU's rules on the block map, and those of vdi.md section 7.2. QEMU
 * prints no statistics and no end offset for this format, so there are none.
 */
public final class VdiCheck implements FormatCheck {

  @Override
  public String format() {
    return "vdi";
  }

  @Override
  public void check(CheckRun run) throws IOException {
    VdiHeader header = VdiFormat.readHeader(run.input(), run.open());
    BlockPlaces places = BlockPlaces.of(header, run.input());
    MapScan scan = new MapScan(run, header, places);
    if (run.reaches(CheckLevel.METADATA)) {
      run.part(
          "map",
          () -> {
            scan.scan();
            MapFindings.report(run, header, scan);
          });
    }
    run.part(
        "beyond-qemu",
        () -> {
          run.part("header", () -> HeaderFindings.report(run, header));
          if (scan.isComplete()) {
            BlockFindings findings = new BlockFindings(run, header, places, scan);
            run.part("map", findings::reportEntries);
            run.part("blocks", findings::reportUnused);
          }
        });
  }
}
