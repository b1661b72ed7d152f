package io.diskimage.format.vhd;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.ImageInput;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckOptions;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import io.diskimage.format.check.ImageCheck;
import java.io.IOException;
import java.util.List;

/** Checks of VHDs as users run them. */
final class VhdChecks {
  private VhdChecks() {}

  static CheckReport check(byte[] file, CheckLevel level) throws IOException {
    return check(file, CheckOptions.of(level));
  }

  static CheckReport check(byte[] file, CheckOptions options) throws IOException {
    return check(new BytesImageInput("disk.vhd", file), options);
  }

  static CheckReport check(ImageInput input, CheckOptions options) throws IOException {
    return ImageCheck.of(ImageFormats.byName("vpc").orElseThrow(), input, options);
  }

  static List<FindingKind> kinds(CheckReport report) {
    return report.findings().stream().map(Finding::kind).toList();
  }
}
