package io.diskimage.format.vhd;

import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.FormatCheck;
import java.io.IOException;
import java.time.Instant;

/**
 * The check that QEMU lacks, by vhd.md section 7. It looks at what opening refuses: only a file
 * that begins and ends without a footer's cookie is no image. Rows that need another file (the
 * parent of a differencing disk) are left out.
 */
public final class VhdCheck implements FormatCheck {
  @Override
  public String format() {
    return "vpc";
  }

  @Override
  public void check(CheckRun run) throws IOException {
    SizeRule rule = SizeRule.of(run.open().formatOptions().get(VhdFormat.SIZE_OPTION));
    Footers footers = Footers.read(run.input(), run.io());
    run.part("footers", () -> new FooterCheck(run, footers).check(Instant.now()));
    run.part("size", () -> SizeCheck.check(run, footers));
    if (footers.isFixed()) {
      run.part("length", () -> FixedLengthCheck.check(run, footers));
    } else {
      new DynamicCheck(run, footers, rule.sectors(footers.fields())).check();
    }
  }
}
