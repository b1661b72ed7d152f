package io.diskimage.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.Verdict;
import io.diskimage.format.oracle.CheckAssertions;
import io.diskimage.format.oracle.QemuImg;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** VDI images that VirtualBox wrote have nothing wrong, by QEMU's rules and by ours. */
class RealVdiImagesCheckTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"vdi/vbox5-dynamic-32M-empty.vdi.gz", "vdi/vbox5-dynamic-4M.vdi.gz"})
  void areClean(String name) throws IOException {
    try (InputStream stored =
        Objects.requireNonNull(getClass().getResourceAsStream("/real-images/" + name), name)) {
      assertClean(stored);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "vdi/vbox-floppy-1440K-odd-size.vdi.gz",
        "vdi/qemu-2G-before-vbox.vdi.gz",
        "vdi/qemu-2G-header-rewritten-by-vbox.vdi.gz"
      })
  void thoseThatMayNotBeCopiedAreCleanToo(String name) throws IOException {
    Path file = RealImagesTest.collection().resolve(name);
    Assumptions.assumeTrue(
        Files.exists(file),
        () -> "no " + file + ": DISKIMAGE_REAL_IMAGES names no such collection");
    try (InputStream stored = Files.newInputStream(file)) {
      assertClean(stored);
    }
  }

  private void assertClean(InputStream stored) throws IOException {
    QemuImg.requireOrSkip();
    Path image = folder.resolve("disk.vdi");
    Files.copy(new GZIPInputStream(stored), image);
    CheckReport report = CheckAssertions.assertSame("vdi", image);
    assertThat(report.findings()).isEmpty();
    assertThat(report.verdict()).isEqualTo(Verdict.CLEAN);
  }
}
