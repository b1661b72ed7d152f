package io.diskimage.format.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.CreateOptions;
import io.diskimage.format.InvalidOptionException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Values and texts are those of qemu-img 7.2. */
class FormatOptionsTest {

  private static FormatOptions of(String name, String value) {
    return FormatOptions.of(CreateOptions.ofSize(0).with(name, value));
  }

  @ParameterizedTest
  @CsvSource({
    "1,1",
    "1.5k,1536",
    "1.0,1",
    "2.,2",
    "3.00b,3",
    "0x1000,4096",
    "64K,65536",
    "4097,4097",
    "7b,7",
    "0x1k,1024",
    "5T,5497558138880",
    "9E,9223372036854775807",
    "2e,2305843009213693952"
  })
  void readsSizes(String value, long bytes) {
    assertThat(of("a", value).size("a", 3)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"64kB", "-1", "abc", "1e3", "", "1.5", " 1", "1k1", "0x"})
  void refusesWhatIsNoSize(String value) {
    assertThatThrownBy(() -> of("a", value).size("a", 3))
        .isInstanceOf(InvalidOptionException.class)
        .hasMessage("Parameter 'a' expects a non-negative number below 2^64");
  }

  @Test
  void refusesSizesThatDoNotFit() {
    assertThatThrownBy(() -> of("a", "20E").size("a", 3))
        .hasMessage("Value '20E' is out of range for parameter 'a'");
  }

  @Test
  void readsCounts() {
    assertThat(of("a", "16").number("a", 3)).isEqualTo(16);
    assertThat(of("b", "16").number("a", 3)).isEqualTo(3);
    assertThat(of("a", "0x1F").number("a", 3)).isEqualTo(31);
    assertThat(of("a", "017").number("a", 3)).isEqualTo(15);
    assertThat(of("a", "0").number("a", 3)).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"16k", "-1", "x", "", " 1", "1.5", "08", "0x", "0x1000000000000000"})
  void refusesWhatIsNoCount(String value) {
    assertThatThrownBy(() -> of("a", value).number("a", 3))
        .hasMessage("Parameter 'a' expects a number");
  }

  @ParameterizedTest
  @CsvSource({"on,true", "yes,true", "y,true", "true,true", "off,false", "no,false", "n,false"})
  void readsFlags(String value, boolean flag) {
    assertThat(of("a", value).flag("a", !flag)).isEqualTo(flag);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TRUE", "On", "1", ""})
  void refusesWhatIsNoFlag(String value) {
    assertThatThrownBy(() -> of("a", value).flag("a", true))
        .hasMessage("Parameter 'a' expects 'on' or 'off'");
  }

  @Test
  void readsChoices() {
    assertThat(of("a", "x").choice("a", List.of("x", "y"), "y")).isEqualTo("x");
    assertThatThrownBy(() -> of("a", "z").choice("a", List.of("x", "y"), "y"))
        .hasMessage("Parameter 'a' does not accept value 'z'");
  }

  @Test
  void takesWhatIsTheHostFiles() {
    FormatOptions options =
        FormatOptions.of(
            CreateOptions.ofSize(1)
                .with("preallocation", "falloc")
                .with("nocow", "on")
                .with("extent_size_hint", "1M"));
    assertThat(options.hostPreallocation()).isTrue();
    options.requireNoOthers();
    assertThatThrownBy(() -> of("nocow", "zz").hostFile())
        .hasMessage("Parameter 'nocow' expects 'on' or 'off'");
    of("extent_size_hint", "4294967295").hostFile();
    assertThatThrownBy(() -> of("extent_size_hint", "4G").hostFile())
        .hasMessage("Extent size hint is too large");
  }

  @Test
  void knowsWhatWasNotAskedFor() {
    FormatOptions options = of("a", "1");
    assertThat(options.size("b", 3)).isEqualTo(3);
    assertThat(options.flag("b", true)).isTrue();
    assertThatThrownBy(options::requireNoOthers).hasMessage("Invalid parameter 'a'");
    options.text("a", null);
    options.requireNoOthers();
  }
}
