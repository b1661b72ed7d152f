package io.diskimage.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.spark.plan.ListedFile.HostBlock;
import io.diskimage.spark.plan.SliceLocations.Located;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SliceLocationsTest {
  private static final List<String> EXECUTORS =
      List.of("executor_a_0", "executor_a_1", "executor_b_2", "executor_b_3");

  @Test
  void anImageIsAlwaysReadOnTheSameExecutor() {
    SliceLocations locations = new SliceLocations(EXECUTORS);
    Set<List<String>> all = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      List<String> first = locations.preferred(List.of(slice("file:/" + i, 0, 1)));
      assertThat(first).hasSize(1).isSubsetOf(EXECUTORS);
      assertThat(locations.preferred(List.of(slice("file:/" + i, 0, 1)))).isEqualTo(first);
      all.add(first);
    }
    assertThat(all).hasSize(EXECUTORS.size());
  }

  @Test
  void slicesOfALargeImageAreSpreadInRuns() {
    SliceLocations locations = new SliceLocations(EXECUTORS);
    List<String> of =
        IntStream.range(0, 8)
            .mapToObj(k -> locations.preferred(List.of(slice("file:/large", k, 8))).get(0))
            .toList();
    assertThat(new HashSet<>(of)).hasSize(4);
    for (int k = 0; k < 8; k += 2) {
      assertThat(of.get(k)).isEqualTo(of.get(k + 1));
    }
  }

  @Test
  void withoutExecutorsAndHostsThereIsNoPreference() {
    assertThat(new SliceLocations(List.of()).preferred(List.of(slice("file:/x", 0, 1)))).isEmpty();
  }

  @Test
  void hostsOfTheBytesComeBeforeExecutors() {
    List<HostBlock> blocks =
        List.of(
            new HostBlock(0, 500, List.of("h1", "h2", "h3")),
            new HostBlock(500, 500, List.of("h4", "h2", "h3")));
    ListedFile file = new ListedFile(new ImageFile("hdfs:/x", 1000, 0), blocks);
    SliceLocations locations = new SliceLocations(EXECUTORS);
    assertThat(locations.preferred(List.of(new Located(file, new ImageSlice(file.file(), 0, 1)))))
        .containsExactly("h2", "h3", "h1");
    assertThat(locations.preferred(List.of(new Located(file, new ImageSlice(file.file(), 1, 2)))))
        .containsExactly("h2", "h3", "h4");
  }

  private static Located slice(String path, int index, int count) {
    ImageFile file = new ImageFile(path, 1000, 0);
    return new Located(new ListedFile(file, List.of()), new ImageSlice(file, index, count));
  }
}
