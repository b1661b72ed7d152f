package io.diskimage.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script as users start it, from a directory of theirs. */
class FleetReportScriptIT {
  private static final Path SCRIPT = Path.of("fleet-report.sh").toAbsolutePath();

  @TempDir private Path directory;

  @Test
  void reportsOnTheSampleFleetWithoutArguments() throws Exception {
    Outcome outcome = run();

    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.out())
        .startsWith("Fleet of " + FleetManifest.unpacked().entries().size() + " files below file:")
        .contains("\nBy format\n", "\nLargest allocations\n", "\nDuplicate blocks\n");
    assertThat(outcome.err()).doesNotContain("WARN", "ERROR", "Exception");
  }

  @Test
  void takesPathsRelativeToWhereItIsStarted() throws Exception {
    Path image = Files.createDirectory(directory.resolve("my images")).resolve("disk 1.raw");
    Files.write(image, new byte[1 << 20]);

    Outcome outcome = run("--out", "report", "my images");

    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(
            outcome.out().lines().anyMatch(line -> line.matches("disk 1[.]raw +raw +1[.]0 MiB.*")))
        .isTrue();
    assertThat(directory.resolve("report/images/_SUCCESS")).exists();
  }

  @Test
  void endsWithACodeThatTellsAFailedScanFromWrongUsage() throws Exception {
    assertThat(run("no-such-file.qcow2").code()).isEqualTo(1);
    assertThat(run("--dedup", "some").code()).isEqualTo(2);
  }

  private Outcome run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(SCRIPT.toString()));
    command.addAll(List.of(arguments));
    Path out = Files.createTempFile(directory, "out", "");
    Path err = Files.createTempFile(directory, "err", "");
    ProcessBuilder process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    process.environment().put("DISKIMAGE_HEAP", "1g");
    int code = process.start().waitFor();
    Charset charset = Charset.defaultCharset();
    return new Outcome(code, Files.readString(out, charset), Files.readString(err, charset));
  }

  private record Outcome(int code, String out, String err) {}
}
