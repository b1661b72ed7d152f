package io.diskimage.format.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import java.util.stream.Collectors;

/** What is found in an image depends neither on the memory there is nor on what is listed of it. */
public final class CheckPasses {
  private CheckPasses() {}

  /** The check of one image with some options. */
  @FunctionalInterface
  public interface Check {
    CheckReport with(CheckOptions options) throws IOException;
  }

  /**
   * Checks an image with all memory, then with budgets that take several passes.
   *
   * @param expected how many are counted of each kind
   * @param budgets in bytes
   */
  public static void assertFinds(
      Map<FindingKind, Long> expected, String description, Check check, int... budgets)
      throws IOException {
    CheckOptions options = CheckOptions.of(CheckLevel.METADATA);
    assertThat(
            check.with(options).findings().stream()
                .collect(
                    Collectors.groupingBy(Finding::kind, Collectors.summingLong(Finding::count))))
        .as(description)
        .isEqualTo(expected);
    for (int listed : new int[] {0, 3, 1000}) {
      CheckReport atOnce = check.with(options.withMaxFindings(listed));
      for (int budget : budgets) {
        assertThat(check.with(options.withMaxFindings(listed).withMemoryBudget(budget)))
            .as("%s, budget %d, %d listed", description, budget, listed)
            .isEqualTo(atOnce);
      }
    }
  }
}
