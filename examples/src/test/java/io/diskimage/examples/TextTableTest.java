package io.diskimage.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class TextTableTest {

  @Test
  void alignsWordsLeftAndQuantitiesRight() {
    TextTable table = new TextTable("name", ">size", "remark");
    table.add("a", "1 B", "small");
    table.add("longer", "1,024 B", "");

    assertThat(table.render())
        .isEqualTo(
            """
            name       size  remark
            a           1 B  small
            longer  1,024 B
            """);
  }

  @Test
  void countsCharactersOutsideTheBasicPlaneOnce() {
    TextTable table = new TextTable("n", "x");
    table.add("\uD83D\uDCBE", "1");
    table.add("ab", "2");

    assertThat(table.render().lines().skip(1)).containsExactly("\uD83D\uDCBE   1", "ab  2");
  }

  @Test
  void showsNoControlCharactersOfNames() {
    TextTable table = new TextTable("name");
    table.add("a\u001b[31m\nb\u202e\tc\u2028");

    assertThat(table.render()).isEqualTo("name\na?[31m?b??c?\n");
  }

  @Test
  void refusesALineOfAnotherWidth() {
    TextTable table = new TextTable("a", "b");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> table.add("1"))
        .withMessage("1 cells for 2 columns");
  }
}
