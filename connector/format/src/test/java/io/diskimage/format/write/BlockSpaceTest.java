package io.diskimage.format.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.write.BlockSpace.Run;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BlockSpaceTest {
  private static final long FAR = 1L << 40;

  private final BlockSpace space = new BlockSpace();

  /** Places 0, 1, 4 and 6 are in use. */
  @BeforeEach
  void use() {
    for (int place : new int[] {6, 0, 4, 1}) {
      assertThat(space.use(place)).isTrue();
    }
  }

  @Test
  void givesTheLowestPlacesSideBySide() {
    assertThat(space.take(5)).isEqualTo(new Run(2, 2));
    assertThat(space.take(5)).isEqualTo(new Run(5, 1));
    assertThat(space.take(5)).isEqualTo(new Run(7, 5));
    assertThat(space.end()).isEqualTo(12);
    assertThat(space.used()).isEqualTo(12);
  }

  @Test
  void knowsWhatIsUsedTwice() {
    assertThat(space.use(4)).isFalse();
    assertThat(space.use(5)).isTrue();
    assertThat(space.used()).isEqualTo(5);
  }

  @Test
  void givesNoPlaceThatTheFileStillNames() {
    space.giveUp(new Run(0, 2));
    assertThat(space.take(1)).isEqualTo(new Run(2, 1));
    space.commit();
    assertThat(space.take(4)).isEqualTo(new Run(0, 2));
  }

  @Test
  void endsBehindWhatIsStillInUse() {
    space.giveUp(new Run(6, 1));
    assertThat(space.end()).isEqualTo(7);
    space.commit();
    assertThat(space.end()).isEqualTo(5);
    Run taken = space.take(2);
    space.giveBack(taken);
    assertThat(space.take(1)).isEqualTo(new Run(2, 1));
    assertThat(space.take(1)).isEqualTo(new Run(3, 1));
    Run end = space.take(3);
    assertThat(end).isEqualTo(new Run(5, 3));
    space.giveBack(end);
    assertThat(space.end()).isEqualTo(5);
  }

  @Test
  void onlyGrowsWhereItKeepsNoTrack() {
    assertThat(space.tracks(6)).isTrue();
    assertThat(space.tracks(FAR)).isFalse();
    assertThat(space.use(FAR)).isTrue();
    assertThat(space.use(FAR)).isTrue();
    assertThat(space.used()).isEqualTo(-1);
    assertThat(space.take(9)).isEqualTo(new Run(2, 2));
    space.giveUp(new Run(6, 1));
    space.commit();
    assertThat(space.end()).isEqualTo(FAR + 1);
  }
}
