package io.diskimage.format.qcow2;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FirstOwnerTest {
  private record Area(long offset, long entries) implements TableAreas.Area {}

  @Test
  void ofTablesThatOverlapTheFirstOfTheListOwns() {
    FirstOwner owner =
        new FirstOwner(List.of(new Area(16, 2), new Area(0, 8), new Area(8, 2), new Area(0, 1)));

    assertThat(IntStream.range(0, 8).map(word -> owner.of(8L * word)))
        .containsExactly(1, 1, 0, 0, 1, 1, 1, 1);
  }

  @Test
  void placesMayBeLeftOut() {
    FirstOwner owner = new FirstOwner(List.of(new Area(512, 1), new Area(0, 1), new Area(512, 3)));

    assertThat(owner.of(0)).isEqualTo(1);
    assertThat(owner.of(528)).isEqualTo(2);
  }
}
