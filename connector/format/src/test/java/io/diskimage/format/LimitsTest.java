package io.diskimage.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LimitsTest {
  private static final int OTHER = 1 << 22;

  @ParameterizedTest
  @EnumSource
  void aLimitIsMovedByItsNameAndNoOtherWithIt(Limit limit) {
    Limits moved = Limits.DEFAULT.with(limit, OTHER + 1);
    assertThat(moved.of(limit)).isEqualTo(OTHER + 1);
    for (Limit other : Limit.values()) {
      if (other != limit) {
        assertThat(moved.of(other)).isEqualTo(Limits.DEFAULT.of(other));
      }
    }
    assertThat(moved.with(limit, Limits.DEFAULT.of(limit))).isEqualTo(Limits.DEFAULT);
    assertThat(moved.toString()).contains(limit.label() + "=" + (OTHER + 1));
  }

  @ParameterizedTest
  @EnumSource
  void noLimitIsNegative(Limit limit) {
    assertThatThrownBy(() -> Limits.DEFAULT.with(limit, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(limit.label());
  }

  @Test
  void whatExceedsALimitNamesItAndItsValue() {
    LimitExceededException exceeded =
        new LimitExceededException(
            "a.qcow2", 8, "too deep", Limit.CHAIN_DEPTH, Limits.DEFAULT.withChainDepth(3));
    assertThat(exceeded).hasMessage("a.qcow2: too deep (limit chainDepth = 3) (host offset 8)");
    assertThat(exceeded.limit()).isEqualTo(Limit.CHAIN_DEPTH);
    assertThat(new LimitExceededException("a.qcow2", 8, "one of QEMU's").limit()).isNull();
  }
}
