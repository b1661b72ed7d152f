package io.diskimage.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class DedupModeTest {
  private static final long GIB = 1L << 30;

  @Test
  void readsEverythingBelowTwentyGibibytes() {
    assertThat(DedupMode.AUTO.decide(0)).isEqualTo(DedupMode.FULL);
    assertThat(DedupMode.AUTO.decide(20 * GIB - 1)).isEqualTo(DedupMode.FULL);
    assertThat(DedupMode.AUTO.decide(20 * GIB)).isEqualTo(DedupMode.SAMPLE);
  }

  @Test
  void doesWhatIsAskedForWhateverTheSize() {
    assertThat(DedupMode.FULL.decide(1000 * GIB)).isEqualTo(DedupMode.FULL);
    assertThat(DedupMode.SAMPLE.decide(1)).isEqualTo(DedupMode.SAMPLE);
    assertThat(DedupMode.OFF.decide(1)).isEqualTo(DedupMode.OFF);
  }

  @Test
  void namesTheModesWhenAnotherIsGiven() {
    DedupMode.Converter converter = new DedupMode.Converter();

    assertThat(converter.convert("sample")).isEqualTo(DedupMode.SAMPLE);
    assertThatThrownBy(() -> converter.convert("some"))
        .isInstanceOf(CommandLine.TypeConversionException.class)
        .hasMessage("'some' is none of auto, off, sample, full");
  }
}
