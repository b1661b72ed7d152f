package io.diskimage.spark.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.spark.plan.ImageFile;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IndexWorkTest {
  private static final long LISTED = 1_700_000_000_500L;

  @ParameterizedTest
  @CsvSource({
    // Some store whole seconds only: another change in the same second does not show.
    "1699999999000, , true",
    "1700000000000, , false",
    "1699999999501, , true",
    // Just before the listing, and behind it, where clocks differ.
    "1700000000499, , false",
    "1700000000400, , true",
    "1700000009999, , false",
    "0, , false",
    "0, an-etag, true",
    "1700000000499, an-etag, true"
  })
  void aChangeShowsIfTheTimeIsOldEnoughOrThereIsAnEtag(long modified, String etag, boolean shows) {
    IndexWork work = new IndexWork(List.of(), List.of(), LISTED);
    assertThat(work.tellsChanges(new ImageFile("file:/a", 1, modified, etag))).isEqualTo(shows);
  }
}
