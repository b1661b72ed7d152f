package io.diskimage.spark.read;

import io.diskimage.format.Bytes;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import io.diskimage.format.check.FormatCheck;
import java.io.IOException;

/**
 * The check of a {@link ModelDisk}, which finds of each severity what its runs say: the name of a
 * snapshot is a warning; an entry that cannot be followed a corruption; a reserved cluster a leak.
 */
public final class ModelCheck implements FormatCheck {
  @Override
  public String format() {
    return ModelFormat.NAME;
  }

  @Override
  public void check(CheckRun run) throws IOException {
    byte[] header = new byte[ModelDisk.HEADER_BYTES];
    run.io().metadataRead(run.input().readPadded(0, header, 0, header.length));
    ModelDisk disk = ModelDisk.parse(Bytes.text(header, 0, header.length));
    if (disk.refused()) {
      throw new CorruptImageException(run.input().location(), 8, "the model refuses to open");
    }
    if (!disk.snapshot().isEmpty()) {
      run.part("header", () -> run.find(Finding.of(FindingKind.QCOW2_DIRTY).says("a name")));
    }
    if (run.reaches(CheckLevel.METADATA)) {
      run.part("runs", () -> checkRuns(run, disk));
      run.statistics(disk.runs.size(), 3, 2, 1);
      run.imageEndOffset(run.input().length());
    }
  }

  private static void checkRuns(CheckRun run, ModelDisk disk) {
    for (ModelDisk.Run entry : disk.runs) {
      run.progress(entry.offset(), disk.size);
      run.io().metadataRead(ModelImage.RUN_BYTES);
      if (entry.kind() == null) {
        run.find(
            Finding.of(FindingKind.QCOW2_L2_RESERVED_BITS)
                .guest(entry.offset(), entry.length())
                .host(16, 8)
                .values("0x0", "0x1")
                .says("an entry at %d", entry.offset()));
      } else if (entry.kind() == ExtentKind.ZERO && entry.host() >= 0) {
        run.find(
            Finding.of(FindingKind.QCOW2_LEAKED_CLUSTER)
                .host(entry.host(), entry.length())
                .times(entry.length() / disk.cluster)
                .reclaims(entry.length())
                .says("reserved"));
      }
    }
  }
}
