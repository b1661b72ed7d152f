package io.diskimage.format.qcow2;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckOptions;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.FindingKind;
import io.diskimage.format.oracle.QemuImg;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a check finds in damaged images, held against {@code qemu-img check}. */
class Qcow2FindingsTest {
  @TempDir private Path folder;

  @BeforeEach
  void needsTheOracle() {
    QemuImg.requireOrSkip();
  }

  static Stream<DamageCase> counted() {
    return Stream.concat(DamageCase.counted().stream(), DamageCase.countedOfDataFile().stream());
  }

  @ParameterizedTest
  @MethodSource("counted")
  void findsDamageAsOftenAsQemuCountsIt(DamageCase damage) throws IOException {
    Path file = damage.maker().make(folder.resolve("image.qcow2")).file();

    CheckReport report = CheckOracle.requireSame(file);

    assertThat(CheckOracle.kinds(report)).isEqualTo(damage.found());
  }

  @ParameterizedTest
  @MethodSource("io.diskimage.format.qcow2.DamageCase#ending")
  void goesOnWhereQemuEndsAndTakesNothingForLeaked(DamageCase damage) throws IOException {
    Path file = damage.maker().make(folder.resolve("image.qcow2")).file();
    QemuImg.Check qemu = QemuImg.check(file, "qcow2");
    assertThat(qemu.json()).isNull();
    assertThat(qemu.messages()).contains("Check failed");

    CheckReport report = CheckOracle.check(file, CheckOptions.of(CheckLevel.METADATA));

    assertThat(report.error()).isNull();
    assertThat(CheckOracle.kinds(report)).isEqualTo(damage.found());
    assertThat(report.counters().allocatedClusters()).isEqualTo(16);
  }

  @Test
  void hasACaseForEveryKind() {
    Set<FindingKind> found = EnumSet.noneOf(FindingKind.class);
    Stream.of(DamageCase.counted(), DamageCase.countedOfDataFile(), DamageCase.ending())
        .flatMap(List::stream)
        .forEach(damage -> found.addAll(damage.found().keySet()));
    // Found at level FULL alone: CompressedStreamsTest.
    found.add(FindingKind.QCOW2_COMPRESSED_UNDECODABLE);

    assertThat(found)
        .containsAll(
            Arrays.stream(FindingKind.values())
                .filter(kind -> kind.name().startsWith("QCOW2_"))
                .toList());
  }
}
