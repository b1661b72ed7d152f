package io.diskimage.spark.options;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearNamesTest {
  private static final List<String> NAMES = List.of("blockSize", "mode", "snapshot", "chain");

  @Test
  void namesWithFewEditsAreSuggestedInAnyCase() {
    assertThat(NearNames.of("blocksiz", NAMES)).containsExactly("blockSize");
    assertThat(NearNames.of("BLOCK_SIZE", NAMES)).containsExactly("blockSize");
    assertThat(NearNames.of("snapshots", NAMES)).containsExactly("snapshot");
  }

  @Test
  void theNearestComesFirst() {
    assertThat(NearNames.of("mod", List.of("mud", "mode", "mods"))).startsWith("mode", "mods");
  }

  @Test
  void nothingIsSuggestedForWhatIsNearNothing() {
    assertThat(NearNames.of("compression", NAMES)).isEmpty();
    assertThat(NearNames.suggestion("compression", NAMES)).isEmpty();
  }

  @Test
  void distanceCountsInsertionsDeletionsAndSubstitutions() {
    assertThat(NearNames.distance("", "abc")).isEqualTo(3);
    assertThat(NearNames.distance("abc", "")).isEqualTo(3);
    assertThat(NearNames.distance("kitten", "sitting")).isEqualTo(3);
    assertThat(NearNames.distance("same", "same")).isZero();
  }
}
