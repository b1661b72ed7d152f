package io.diskimage.format.vhd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.IoCounters;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.Reference;
import io.diskimage.format.ReferenceMissingException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a VHD says of its parent (vhd.md sections 1.2, 1.6 and 9.2). */
class ParentReferencesTest {
  private static final int PARENT_ID_AT = 512 + 40;
  private static final int NAME_AT = 512 + 64;
  private static final int LOCATORS_AT = 512 + 576;
  private static final int TEXT_AT = 2048;
  private static final String PARENT_ID = "01234567-89ab-cdef-0f1e-2d3c4b5a6978";

  /** A child whose parent is named "parent.vhd", and that has no locators yet. */
  private final byte[] child = child(VhdBytes.DIFFERENCING);

  private static byte[] child(int type) {
    byte[] file = VhdBytes.dynamic(VhdBytes.DIFFERENCING, VhdBytes.BLOCK, VhdBytes.NONE);
    Arrays.fill(file, LOCATORS_AT, LOCATORS_AT + 8 * 24, (byte) 0);
    ImagePatch.bigEndian(file).u32(60, type);
    return file;
  }

  private static void locator(
      byte[] file, int slot, String code, long space, long length, long at) {
    int entry = LOCATORS_AT + 24 * slot;
    ImagePatch.bigEndian(file)
        .text(entry, code)
        .u32(entry + 4, space)
        .u32(entry + 8, length)
        .u64(entry + 16, at);
  }

  private void locator(String code, byte[] text) {
    ImagePatch.bigEndian(child).bytes(TEXT_AT, text);
    locator(child, 3, code, 512, text.length, TEXT_AT);
  }

  private static List<Reference> references(byte[] file) throws IOException {
    VhdBytes.sign(file);
    try (DiskImage image =
        new VhdFormat()
            .open(new BytesImageInput("child.vhd", file), OpenOptions.of(Purpose.INFO))) {
      return image.references(new IoCounters());
    }
  }

  private Reference onlyLocator() throws IOException {
    List<Reference> references = references(child);
    assertThat(references).hasSize(2);
    assertThat(references.get(1))
        .isEqualTo(new Reference("parent name", "parent.vhd", "vpc", PARENT_ID));
    assertThat(references.get(0).targetFormat()).isEqualTo("vpc");
    assertThat(references.get(0).targetId()).isEqualTo(PARENT_ID);
    return references.get(0);
  }

  @Test
  void aChildMadeByWindowsNamesItsParentThreeTimes() throws IOException {
    String id = "adb71975-4b5b-0b40-b025-d06dab31b26f";
    String windows = "C:\\Users\\sergi\\Downloads\\win8.vhd";
    assertThat(references(resource("win10-differencing-child-of-win8.vhd")))
        .containsExactly(
            new Reference("parent locator W2ku", windows, "vpc", id),
            new Reference("parent locator W2ru", ".\\win8.vhd", "vpc", id),
            new Reference("parent name", windows, "vpc", id));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "vbox-dynamic-40M.vhd",
        "win8-dynamic-40M.vhd",
        "win81-dynamic-1G.vhd",
        "xapi-dynamic-40M.vhd"
      })
  void aDiskThatStandsAloneNamesNothing(String name) throws IOException {
    assertThat(references(resource(name))).isEmpty();
    assertThat(references(VhdBytes.fixed(512 * 64))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"W2ru", "W2ku"})
  void windowsLocatorsAreUtf16LittleEndianUpToAZero(String code) throws IOException {
    locator(code, "..\\Bäse 𝄞.vhd\0rest".getBytes(StandardCharsets.UTF_16LE));
    assertThat(onlyLocator().kind()).isEqualTo("parent locator " + code);
    assertThat(onlyLocator().target()).isEqualTo("..\\Bäse 𝄞.vhd");
  }

  @ParameterizedTest
  @CsvSource({
    "file:///Users/x/b%C3%A4se%20disk.vhd, /Users/x/bäse disk.vhd",
    "file://./base.vhd, ./base.vhd",
    "file://base%2Fx.vhd, base/x.vhd",
    "file://json:%7B%7D, json:{}",
    "/no/url.vhd, ''",
    "http://host/base.vhd, ''",
    "file:///%0g, ''",
    "file:///%4, ''",
    "file:///a%00b, ''",
    "file:///%ff, ''"
  })
  void macLocatorsAreFileUrls(String url, String target) throws IOException {
    locator("MacX", url.getBytes(StandardCharsets.UTF_8));
    assertThat(onlyLocator()).extracting(Reference::kind).isEqualTo("parent locator MacX");
    assertThat(onlyLocator().target()).isEqualTo(target);
  }

  @ParameterizedTest
  @CsvSource({
    "'Mac ', parent locator Mac",
    "wXyZ, parent locator wXyZ",
    "'a\tb\\', parent locator a\\x09b\\x5c"
  })
  void locatorsThatCannotBeDecodedAreListedByTheirCode(String code, String kind)
      throws IOException {
    locator(code, "C:\\base.vhd".getBytes(StandardCharsets.US_ASCII));
    assertThat(onlyLocator().kind()).isEqualTo(kind);
    assertThat(onlyLocator().target()).isEmpty();
  }

  /** Their code page is not recorded, so only what is the same in all of them is a name. */
  @ParameterizedTest
  @CsvSource({
    "Wi2r, ..\\base.vhd, ..\\base.vhd",
    "Wi2k, C:\\vm\\base.vhd, C:\\vm\\base.vhd",
    "Wi2k, bäse.vhd, ''",
    "Wi2r, 'a\tb', ''"
  })
  void deprecatedLocatorsAreReadIfTheyAreAscii(String code, String text, String target)
      throws IOException {
    locator(code, (text + "\0rest").getBytes(StandardCharsets.ISO_8859_1));
    assertThat(onlyLocator()).extracting(Reference::kind).isEqualTo("parent locator " + code);
    assertThat(onlyLocator().target()).isEqualTo(target);
    assertThat(onlyLocator().isWindowsName()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "512, 20, 2048, base",
    "1, 20, 2048, base",
    "700, 20, 2048, base",
    "0, 20, 2048, ''",
    "512, 0, 2048, ''",
    "512, 7, 2048, ''",
    "512, 65537, 2048, ''",
    "512, 4294967295, 2048, ''",
    "512, 20, -1, ''",
    "512, 20, 9223372036854775807, ''",
    "512, 20, 1000000000, ''"
  })
  void whatIsNotUsableHasNoTarget(long space, long length, long at, String target)
      throws IOException {
    byte[] text = Arrays.copyOf("base".getBytes(StandardCharsets.UTF_16LE), 20);
    ImagePatch.bigEndian(child).bytes(TEXT_AT, text);
    locator(child, 0, "W2ru", space, length, at);
    assertThat(onlyLocator().target()).isEqualTo(target);
  }

  @Test
  void theLongestLocatorIsReadToTheLastByteOfTheFile() throws IOException {
    byte[] file = Arrays.copyOf(child, child.length + (64 << 10));
    Charset utf16 = StandardCharsets.UTF_16LE;
    ImagePatch.bigEndian(file).bytes(child.length, "p".repeat(32 << 10).getBytes(utf16));
    locator(file, 7, "W2ru", 64 << 10, 64 << 10, child.length);
    assertThat(references(file).get(0).target()).isEqualTo("p".repeat(32 << 10));
    locator(file, 7, "W2ru", 64 << 10, 64 << 10, child.length + 1);
    assertThat(references(file).get(0).target()).as("behind the end of the file").isEmpty();
  }

  @Test
  void allEightSlotsAreListedInTheirOrder() throws IOException {
    for (int slot = 0; slot < 8; slot++) {
      locator(child, slot, "c00" + slot, 512, 4, TEXT_AT);
    }
    assertThat(references(child))
        .extracting(Reference::kind)
        .containsExactly(
            "parent locator c000",
            "parent locator c001",
            "parent locator c002",
            "parent locator c003",
            "parent locator c004",
            "parent locator c005",
            "parent locator c006",
            "parent locator c007",
            "parent name");
  }

  private static List<Reference> parents(byte[] file) throws IOException {
    VhdBytes.sign(file);
    try (DiskImage image =
        new VhdFormat()
            .open(new BytesImageInput("child.vhd", file), OpenOptions.of(Purpose.READ))) {
      return image.parents(new IoCounters());
    }
  }

  /** vhd.md section 1.6; what another tool cannot mean comes last. */
  @Test
  void parentsAreTriedInTheOrderOfTheFormat() throws IOException {
    byte[] file =
        new VhdLayer(VhdBytes.DIFFERENCING, VhdBytes.BLOCK, VhdBytes.BLOCK)
            .parentId(UUID.fromString(PARENT_ID))
            .parentName("name.vhd")
            .locator("Wi2k", "C:\\old.vhd")
            .locator("Mac ", "alias")
            .locator("W2ku", "C:\\absolute.vhd")
            .locator("Wi2r", "old.vhd")
            .locator("MacX", "file://./url.vhd")
            .locator("W2ru", ".\\relative.vhd")
            .file(new Random(1));
    assertThat(parents(file))
        .containsExactly(
            new Reference("parent locator W2ru", ".\\relative.vhd", "vpc", PARENT_ID),
            new Reference("parent locator MacX", "./url.vhd", "vpc", PARENT_ID),
            new Reference("parent locator W2ku", "C:\\absolute.vhd", "vpc", PARENT_ID),
            new Reference("parent name", "name.vhd", "vpc", PARENT_ID),
            new Reference("parent locator Wi2r", "old.vhd", "vpc", PARENT_ID),
            new Reference("parent locator Wi2k", "C:\\old.vhd", "vpc", PARENT_ID),
            new Reference("parent id", "", "vpc", PARENT_ID));
  }

  @Test
  void aRawParentHasNoIdToLookFor() throws IOException {
    ImagePatch.bigEndian(child).u64(PARENT_ID_AT, 0).u64(PARENT_ID_AT + 8, 0);
    assertThat(parents(child))
        .containsExactly(new Reference("parent name", "parent.vhd", "raw", null));
    Arrays.fill(child, NAME_AT, NAME_AT + 512, (byte) 0);
    locator(child, 0, "W2ru", 512, 7, TEXT_AT);
    assertThatThrownBy(() -> parents(child))
        .isInstanceOf(ReferenceMissingException.class)
        .hasMessageContaining("names no parent");
  }

  @Test
  void onlyADifferencingDiskHasAParent() throws IOException {
    assertThat(parents(child(VhdBytes.DYNAMIC))).isEmpty();
    assertThat(parents(VhdBytes.fixed(512 * 64))).isEmpty();
  }

  /** vhd.md section 9.3: in the order of the host, which was a PC, or with a mark. */
  @ParameterizedTest
  @CsvSource({
    "1, UTF-16LE, '', bäse.vhd",
    "1, UTF-16LE, '\ufeff', bäse.vhd",
    "1, UTF-16BE, '\ufeff', bäse.vhd",
    "0x10001, UTF-16BE, '', bäse.vhd",
    "0x10003, UTF-16BE, '', bäse.vhd"
  })
  void theFirstToolsOfXenServerWroteNamesTheirOwnWay(
      String version, String charset, String mark, String name) throws IOException {
    byte[] file =
        new VhdLayer(VhdBytes.DIFFERENCING, VhdBytes.BLOCK, VhdBytes.BLOCK)
            .byXen(Integer.decode(version))
            .parentName((mark + name).getBytes(Charset.forName(charset)))
            .file(new Random(1));
    assertThat(parents(file)).extracting(Reference::target).containsExactly(name);
  }

  @Test
  void aNameMayFillItsFieldWithoutATerminator() throws IOException {
    ImagePatch.bigEndian(child).bytes(NAME_AT, "n".repeat(256).getBytes(StandardCharsets.UTF_16BE));
    assertThat(references(child))
        .containsExactly(new Reference("parent name", "n".repeat(256), "vpc", PARENT_ID));
  }

  @Test
  void aParentWithoutIdIsRawAndOneWithoutNameIsKnownByItsId() throws IOException {
    ImagePatch.bigEndian(child).u64(PARENT_ID_AT, 0).u64(PARENT_ID_AT + 8, 0);
    assertThat(references(child))
        .containsExactly(new Reference("parent name", "parent.vhd", "raw", null));

    byte[] nameless = child(VhdBytes.DIFFERENCING);
    Arrays.fill(nameless, NAME_AT, NAME_AT + 512, (byte) 0);
    assertThat(references(nameless))
        .containsExactly(new Reference("parent id", "", "vpc", PARENT_ID));
  }

  @Test
  void whatAnotherTypeOfDiskNamesIsListedToo() throws IOException {
    assertThat(references(child(VhdBytes.DYNAMIC)))
        .containsExactly(new Reference("parent name", "parent.vhd", "vpc", PARENT_ID));
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream stored =
        Objects.requireNonNull(
            ParentReferencesTest.class.getResourceAsStream("/real-images/vhd/" + name))) {
      return stored.readAllBytes();
    }
  }
}
