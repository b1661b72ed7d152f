package io.diskimage.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantitiesTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "1, 1 B",
    "1023, 1023 B",
    "1024, 1.0 KiB",
    "1536, 1.5 KiB",
    "1048523, 1023.9 KiB",
    "1048575, 1.0 MiB",
    "33554432, 32.0 MiB",
    "274877906944, 256.0 GiB",
    "9223372036854775807, 8.0 EiB"
  })
  void showsBytesInTheLargestUnitThatGivesAtLeastOne(long bytes, String text) {
    assertThat(Quantities.bytes(bytes)).isEqualTo(text);
  }

  @Test
  void setsThousandsApart() {
    assertThat(Quantities.count(1234567L)).isEqualTo("1,234,567");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 100, 0.0 %",
    "1, 1000000, <0.1 %",
    "1, 1000, 0.1 %",
    "1, 3, 33.3 %",
    "999, 1000, 99.9 %",
    "9999, 10000, 100.0 %",
    "7, 7, 100.0 %"
  })
  void showsAShareInPercent(long part, long whole, String text) {
    assertThat(Quantities.percent(part, whole)).isEqualTo(text);
  }

  @Test
  void showsADashForWhatIsNotKnown() {
    assertThat(Quantities.bytes(null)).isEqualTo("-");
    assertThat(Quantities.count(null)).isEqualTo("-");
    assertThat(Quantities.percent(null)).isEqualTo("-");
    assertThat(Quantities.percent(null, 1L)).isEqualTo("-");
    assertThat(Quantities.percent(1L, null)).isEqualTo("-");
  }

  @Test
  void showsADashForAShareOfNothing() {
    assertThat(Quantities.percent(0L, 0L)).isEqualTo("-");
  }
}
