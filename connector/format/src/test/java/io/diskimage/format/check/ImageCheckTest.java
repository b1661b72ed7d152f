package io.diskimage.format.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageFormat;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.UnsupportedImageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageCheckTest {
  private static final ImageFormat RAW = ImageFormats.byName("raw").orElseThrow();

  private final CheckOptions options = CheckOptions.of(CheckLevel.METADATA);

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void write() throws IOException {
    file = Files.write(directory.resolve("disk.raw"), new byte[512]);
  }

  @Test
  void aFormatWithoutACheckIsUnsupported() throws IOException {
    try (LocalImageInput input = LocalImageInput.open(file)) {
      CheckReport report = ImageCheck.of(RAW, input, options);

      assertThat(report.verdict()).isEqualTo(Verdict.UNSUPPORTED);
      assertThat(report.error()).isInstanceOf(UnsupportedImageException.class);
      assertThat(report.counters()).isNull();
    }
  }

  @Test
  void whatIsWrongWithAFileThatChangedIsThatItChanged() throws IOException {
    IOException damage = new CorruptImageException("disk.raw", 0, "damaged");
    try (LocalImageInput input = LocalImageInput.open(file)) {
      assertThat(ImageCheck.refused("raw", input, damage, options).verdict())
          .isEqualTo(Verdict.UNREADABLE);
      Files.write(file, new byte[1024]);

      CheckReport refused = ImageCheck.refused("raw", input, damage, options);
      CheckReport checked = ImageCheck.of(RAW, input, options);

      assertThat(refused.verdict()).isEqualTo(Verdict.UNSTABLE);
      assertThat(refused.error()).hasSuppressedException(damage);
      assertThat(refused.findings())
          .extracting(Finding::kind)
          .containsExactly(FindingKind.IMAGE_CHANGED);
      assertThat(checked.verdict()).isEqualTo(Verdict.UNSTABLE);
    }
  }

  @Test
  void stoppingAtTheFirstFindingHidesNoRefusal() throws IOException {
    try (LocalImageInput input = LocalImageInput.open(file)) {
      CheckReport unsupported = ImageCheck.of(RAW, input, options.withFailFast());
      Files.write(file, new byte[1024]);
      CheckReport unstable = ImageCheck.of(RAW, input, options.withFailFast());

      assertThat(unsupported.verdict()).isEqualTo(Verdict.UNSUPPORTED);
      assertThat(unsupported.error()).isInstanceOf(UnsupportedImageException.class);
      assertThat(unstable.verdict()).isEqualTo(Verdict.UNSTABLE);
    }
  }

  @Test
  void aFileThatDoesNotOpenHasAReportToo() throws IOException {
    CheckReport report =
        ImageCheck.refused(null, null, new IOException("permission denied"), options);

    assertThat(report.verdict()).isEqualTo(Verdict.UNREADABLE);
    assertThat(report.findings()).extracting(Finding::message).containsExactly("permission denied");
  }
}
