package io.diskimage.format.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** {@code FINDINGS.md} describes what there is, and as it is. */
class FindingsDocumentTest {
  private static final List<String> COLUMNS =
      List.of(
          "code", "severity", "level", "counted", "repair", "meaning", "evidence", "consequence");

  /** Lines of tables, as cells. */
  private static List<List<String>> tableLines() throws IOException {
    return Files.readAllLines(Path.of("FINDINGS.md")).stream()
        .filter(line -> line.startsWith("|"))
        .map(line -> line.substring(1, line.length() - 1))
        .map(line -> Arrays.stream(line.split("\\|", -1)).map(String::trim).toList())
        .toList();
  }

  private static List<List<String>> kinds() throws IOException {
    return tableLines().stream().filter(cells -> cells.get(0).startsWith("`")).toList();
  }

  @Test
  void everyTableHasTheSameColumns() throws IOException {
    assertThat(tableLines()).allSatisfy(cells -> assertThat(cells).hasSameSizeAs(COLUMNS));
    assertThat(tableLines().stream().filter(cells -> cells.get(0).equals("code")))
        .isNotEmpty()
        .allSatisfy(cells -> assertThat(cells).isEqualTo(COLUMNS));
  }

  @Test
  void saysOfEachKindWhatItIs() throws IOException {
    List<List<String>> expected =
        Arrays.stream(FindingKind.values())
            .map(
                kind ->
                    List.of(
                        "`" + kind.name() + "`",
                        kind.severity().label(),
                        kind.level().label(),
                        kind.scope().name().toLowerCase(Locale.ROOT),
                        kind.repair().name().toLowerCase(Locale.ROOT)))
            .toList();
    assertThat(kinds().stream().map(cells -> cells.subList(0, 5)))
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void leavesNothingUnsaid() throws IOException {
    assertThat(kinds())
        .allSatisfy(cells -> assertThat(cells.subList(5, 8)).noneMatch(String::isEmpty));
  }
}
