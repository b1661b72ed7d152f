package io.diskimage.format.oracle.damage;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.check.CheckReport;
import io.diskimage.format.oracle.CheckAssertions;
import io.diskimage.format.oracle.ImageMatrix;
import io.diskimage.format.oracle.ImageRecipe;
import io.diskimage.format.oracle.QemuImg;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.opentest4j.MultipleFailuresError;

/** Damaged images are judged as {@code qemu-img check} judges them, and are left as they are. */
@Execution(ExecutionMode.CONCURRENT)
class CheckOracleTest {
  private static final long SEED = ImageMatrix.seed();
  private static final Path KEPT = Path.of("target", "damaged-images");

  private static final QemuMessages MESSAGES = new QemuMessages();

  /** How often each kind of outcome was met. */
  private static final Map<String, Integer> SEEN = new ConcurrentSkipListMap<>();

  @BeforeAll
  static void printSeed() {
    System.out.println("damaged images: -Ddiskimage.seed=" + SEED);
    QemuImg.requireOrSkip();
  }

  static List<ImageRecipe> bases() {
    return DamagedImages.bases(SEED);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("bases")
  void countsAsQemuCounts(ImageRecipe recipe, @TempDir Path directory) throws Exception {
    BaseImage base = BaseImage.build(recipe, directory);
    List<Throwable> failures = new ArrayList<>();
    for (DamagedImage image : DamagedImages.of(base)) {
      Path file = directory.resolve("damaged." + recipe.format());
      image.bytes().writeTo(file);
      try {
        compare(image, file);
      } catch (Exception | AssertionError failure) {
        keep(image);
        failures.add(
            new AssertionError(image + System.lineSeparator() + failure.getMessage(), failure));
      }
    }
    if (!failures.isEmpty()) {
      throw new MultipleFailuresError("damaged images of " + recipe.name(), failures);
    }
  }

  private static void compare(DamagedImage image, Path file) throws Exception {
    QemuImg.Check check = QemuImg.check(image.base().recipe().arguments(file));
    CheckOutcome theirs = CheckOutcome.of(check);
    CheckReport report = CheckAssertions.check(image.base().recipe().format(), file);
    CheckOutcome ours = CheckOutcome.of(report);
    MESSAGES.hear(check.messages());
    Optional<KnownDifference> difference = KnownDifference.between(image, theirs, ours);
    if (difference.isPresent()) {
      seen(image, difference.get().name());
      return;
    }
    seen(image, theirs.text().replaceAll(":.*", "") + " " + theirs.exitCode());
    CheckOutcome expected = theirs;
    if (image.base().recipe().format().equals("parallels")
        && theirs.text().equals(CheckOutcome.COUNTED)) {
      ParallelsRules rules = new ParallelsRules(image.bytes());
      assertThat(theirs).as("rules of 7.2").isEqualTo(rules.sevenTwo());
      rules.corruptionsToday().keySet().forEach(each -> seen(image, each.name()));
      expected = rules.today();
    }
    assertThat(ours)
        .as("qemu-img printed%n%s%nwe found %s", check.messages(), report.findings())
        .isEqualTo(expected);
  }

  private static void seen(DamagedImage image, String what) {
    SEEN.merge(image.base().recipe().format() + " " + what, 1, Integer::sum);
  }

  private static void keep(DamagedImage image) throws IOException {
    Files.createDirectories(KEPT);
    image.bytes().writeTo(KEPT.resolve(SEED + "-" + image.name()));
  }

  /** A list of images that the oracle always says the same of would prove little. */
  @AfterAll
  static void metEveryKindOfOutcome() {
    System.out.println("damaged images: " + SEEN);
    if (QemuImg.available() && DamagedImages.areAll()) {
      assertThat(MESSAGES.missing()).as("messages that qemu-img never printed").isEmpty();
      assertThat(SEEN)
          .containsKeys(
              "qcow2 counted 0",
              "qcow2 counted 1",
              "qcow2 counted 2",
              "qcow2 counted 3",
              "qcow2 aborted 1",
              "qcow2 refused 1",
              "parallels counted 0",
              "parallels counted 2",
              "parallels counted 3",
              "parallels refused 1",
              "vdi counted 0",
              "vdi counted 2",
              "vdi refused 1");
    }
  }
}
