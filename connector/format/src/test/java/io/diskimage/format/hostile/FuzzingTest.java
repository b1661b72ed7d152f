package io.diskimage.format.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.ImageFormat;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.oracle.QemuImg;
import io.diskimage.format.oracle.damage.MutantSeeds;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A little fuzzing of each driver, and all inputs that fuzzing or mutation ever found. */
@Execution(ExecutionMode.CONCURRENT)
class FuzzingTest {
  private static final long SECONDS = Long.getLong("diskimage.fuzz.seconds", 2);

  static final List<String> FORMATS = MutantSeeds.FORMATS;

  static List<Path> regressions() throws IOException, URISyntaxException {
    Path directory = Path.of(FuzzingTest.class.getResource("/regressions").toURI());
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  /** Each file lies in the directory of its driver, and is named after what was wrong. */
  @ParameterizedTest
  @MethodSource("regressions")
  void whatOnceFailedStandsTheOrdeal(Path file) throws IOException {
    ImageFormat format =
        ImageFormats.byName(file.getParent().getFileName().toString()).orElseThrow();
    byte[] bytes = Files.readAllBytes(file);
    assertThat(Ordeal.of(format, bytes, 1).refusals()).isPositive();
  }

  @ParameterizedTest
  @FieldSource("FORMATS")
  void findsNothing(String driver, @TempDir Path directory)
      throws IOException, InterruptedException {
    QemuImg.requireOrSkip();
    Path corpus = Files.createDirectory(directory.resolve(driver));
    assertThat(Fuzzing.run(driver, SECONDS, corpus)).contains("stat::number_of_executed_units");
  }
}
