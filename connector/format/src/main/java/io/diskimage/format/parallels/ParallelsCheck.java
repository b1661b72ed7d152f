package io.diskimage.format.parallels;

import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.FormatCheck;
import java.io.IOException;

/**
 * The check of {@code parallels}: the rules of today's QEMU, and those of parallels.md section 7.3.
 *
 * <p>An image whose format extension cannot be read is refused, as QEMU refuses to open it
 * read-only. All else is checked nevertheless: the table, which holds the guest's content, does not
 * depend on it.
 */
public final class ParallelsCheck implements FormatCheck {

  @Override
  public String format() {
    return "parallels";
  }

  @Override
  public void check(CheckRun run) throws IOException {
    ParallelsHeader header = ParallelsFormat.readHeader(run.input(), run.open());
    DataArea area = DataArea.of(header, run.input());
    ExtensionUse extension = new ExtensionUse(run, header);
    BatScan scan = new BatScan(run, header, area, extension);
    BatFindings table = new BatFindings(run, header, area, scan);

    run.part("header", () -> HeaderFindings.report(run, header));
    run.part("extension", extension::read);
    if (run.reaches(CheckLevel.METADATA)) {
      run.part(
          "bat",
          () -> {
            scan.scan();
            table.report();
          });
    }
    run.part(
        "beyond-qemu",
        () -> {
          run.part("header", () -> HeaderFindings.reportBeyond(run, header));
          run.part("extension", () -> reportExtension(run, header, extension, scan));
          if (scan.isComplete()) {
            run.part("bat", table::reportBeyond);
            run.part("clusters", () -> ClusterFindings.reportUnused(run, area, scan));
          }
        });
    if (extension.refusal() != null) {
      throw extension.refusal();
    }
  }

  private static void reportExtension(
      CheckRun run, ParallelsHeader header, ExtensionUse extension, BatScan scan) {
    if (extension.isDamaged()) {
      ClusterFindings.reportExtension(run, header, extension.refusal());
    }
    if (scan.isComplete()) {
      ClusterFindings.reportBitmaps(run, scan);
    }
  }
}
