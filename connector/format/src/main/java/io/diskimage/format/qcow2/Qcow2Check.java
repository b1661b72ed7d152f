package io.diskimage.format.qcow2;

import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import io.diskimage.format.check.FormatCheck;
import java.io.IOException;

/** The check of the driver {@code qcow2} (qcow2.md section 7). */
public final class Qcow2Check implements FormatCheck {
  @Override
  public String format() {
    return Qcow2Format.NAME;
  }

  @Override
  public void check(CheckRun run) throws IOException {
    CheckedImage image = CheckedImage.open(run);
    if (!run.reaches(CheckLevel.METADATA)) {
      beyondQemu(run, "marks", () -> HeaderMarks.find(image));
      return;
    }
    BitmapTables bitmaps = BitmapTables.open(image, new ByteWindow(run.input(), run.io()));
    beyondQemu(run, "marks", () -> HeaderMarks.find(image));
    ReferenceCheck references = new ReferenceCheck(image, bitmaps);
    references.check();
    beyondQemu(run, "tail", () -> tail(image, references.usedEnd()));
    MappingCheck mapping = references.mapping();
    if (mapping != null && mapping.zeroFlags() && image.header().version() == 2) {
      beyondQemu(
          run,
          "mapping",
          () -> new MappingWalk(image, references.areas()).visit(new ZeroFlagsInV2(image)));
    }
    if (mapping != null && mapping.compressed() && run.reaches(CheckLevel.FULL)) {
      beyondQemu(
          run,
          "compressed",
          () -> {
            try (CompressedStreams streams = new CompressedStreams(image)) {
              new MappingWalk(image, references.areas()).visit(streams);
            }
          });
    }
  }

  private static void beyondQemu(CheckRun run, String part, CheckRun.Body body) throws IOException {
    run.part("beyond-qemu", () -> run.part(part, body));
  }

  private static void tail(CheckedImage image, long usedEnd) {
    long unused = image.input().length() - usedEnd;
    if (unused > 0) {
      image
          .run()
          .find(
              Finding.of(FindingKind.QCOW2_TAIL_UNUSED)
                  .host(usedEnd, unused)
                  .reclaims(unused)
                  .says("the file goes on for %d bytes behind its last used cluster", unused));
    }
  }
}
