package io.diskimage.format.bundle;

import static io.diskimage.format.bundle.DescriptorText.NO_PARENT;
import static io.diskimage.format.bundle.DescriptorText.TOP;
import static io.diskimage.format.bundle.DescriptorText.bytes;
import static io.diskimage.format.bundle.DescriptorText.descriptor;
import static io.diskimage.format.bundle.DescriptorText.guid;
import static io.diskimage.format.bundle.DescriptorText.image;
import static io.diskimage.format.bundle.DescriptorText.shot;
import static io.diskimage.format.bundle.DescriptorText.simple;
import static io.diskimage.format.bundle.DescriptorText.storage;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageException;
import io.diskimage.format.LimitExceededException;
import io.diskimage.format.Limits;
import io.diskimage.format.NotAnImageException;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.UnsupportedImageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows 1 to 9 of parallels-bundle.md section 6. */
class BundleRefusalTest {
  private static final String FILE = image(TOP, "Compressed", "f");
  private static final String SHOT = shot(TOP, NO_PARENT);

  private static DiskImage open(byte[] file) throws IOException {
    return open(file, Limits.DEFAULT);
  }

  private static DiskImage open(byte[] file, Limits limits) throws IOException {
    return new BundleFormat()
        .open(
            new BytesImageInput("/vm/DiskDescriptor.xml", file),
            OpenOptions.of(Purpose.INFO).withLimits(limits));
  }

  private static void assertRefused(
      String text, Class<? extends ImageException> type, String message) {
    assertThatThrownBy(() -> open(bytes(text)))
        .isInstanceOf(type)
        .hasMessageStartingWith("/vm/DiskDescriptor.xml: ")
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "no XML",
        "<?xml version='1.0' encoding='no-such-charset'?><Parallels_disk_image/>"
      })
  void whatIsNoXmlIsNoDescriptor(String text) {
    assertRefused(text, NotAnImageException.class, "Could not read DiskDescriptor.xml: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"<Parallels_disk_image>", "<Parallels_disk_image></Virtuozzo_disk_image>"})
  void refusesWhatIsNotWellFormed(String text) {
    assertRefused(text, CorruptImageException.class, "Could not read DiskDescriptor.xml: ");
  }

  @Test
  void refusesWhatStandsBehindTheRoot() {
    assertRefused(
        simple() + "<more>", CorruptImageException.class, "Could not read DiskDescriptor.xml: ");
  }

  @Test
  void refusesDocumentTypesAndWhatTheyBring() throws IOException {
    StringBuilder bomb = new StringBuilder("<!DOCTYPE x [<!ENTITY a0 'ha'>");
    for (int i = 1; i < 30; i++) {
      bomb.append("<!ENTITY a" + i + " '" + ("&a" + (i - 1) + ";").repeat(10) + "'>");
    }
    bomb.append("]>");
    for (String prologue :
        new String[] {bomb.toString(), "<!DOCTYPE Parallels_disk_image>", "<!DOCTYPE x []>"}) {
      String text =
          simple()
              .replace("<Parallels_disk_image", prologue + "<Parallels_disk_image")
              .replace("disk.hdd", "&a29;");
      assertRefused(text, CorruptImageException.class, "Could not read DiskDescriptor.xml: ");
      assertRefused(
          text.replace("&a29;", "disk"),
          CorruptImageException.class,
          "Could not read DiskDescriptor.xml: ");
    }
    assertRefused(
        simple().replace("disk.hdd", "&undeclared;"),
        CorruptImageException.class,
        "Could not read DiskDescriptor.xml: ");
  }

  @Test
  void opensNoFileThatAnEntityNames(@TempDir Path directory) throws IOException {
    Path secret = Files.writeString(directory.resolve("secret"), "the secret");
    for (String declaration :
        new String[] {"<!ENTITY f SYSTEM '%s'>", "<!ENTITY %% f SYSTEM '%s'>%%f;"}) {
      String prologue =
          "<!DOCTYPE x ["
              + String.format(Locale.ROOT, declaration, secret.toUri())
              + "]><Parallels_disk_image";
      String text = simple().replace("<Parallels_disk_image", prologue).replace("disk.hdd", "&f;");
      assertThatThrownBy(() -> open(bytes(text)))
          .isInstanceOf(CorruptImageException.class)
          .hasMessageNotContaining("the secret");
    }
  }

  @Test
  void refusesMoreThanAMebibyte() throws IOException {
    String exact = simple() + " ".repeat((1 << 20) - bytes(simple()).length);
    open(bytes(exact)).close();
    assertRefused(exact + " ", LimitExceededException.class, "(limit xmlBytes = 1048576)");
    Limits wider = Limits.DEFAULT.withXmlBytes((1 << 20) + 1);
    open(bytes(exact + " "), wider).close();
  }

  @Test
  void refusesDeepNestingAndPassesOverWideOnes() throws IOException {
    String deep = "<x>".repeat(100_000) + "</x>".repeat(100_000);
    assertRefused(
        simple().replace("<Disk_Parameters>", deep + "<Disk_Parameters>"),
        CorruptImageException.class,
        "nested deeper than 10");
    String wide = "<x a='1'>text</x>".repeat(20_000);
    open(bytes(simple().replace("<Disk_Parameters>", wide + "<Disk_Parameters>"))).close();
  }

  @Test
  void refusesOtherRootsAndVersions() {
    assertRefused(
        "<disk/>",
        NotAnImageException.class,
        "Unsupported Parallels disk descriptor: root element 'disk', version 'null'");
    assertRefused(
        simple().replace("\"1.0\"", "\"2.0\""),
        UnsupportedImageException.class,
        "root element 'Parallels_disk_image', version '2.0'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"Disk_size", "Start", "End", "GUID", "Type", "File", "ParentGUID", "Snapshots"})
  void requiresElements(String name) {
    String text = simple().replace("<" + name + ">", "<x>").replace("</" + name + ">", "</x>");
    assertRefused(
        text, CorruptImageException.class, "Invalid disk descriptor: '" + name + "' not found");
  }

  @Test
  void requiresStoragesAndTheirImages() {
    assertRefused(
        descriptor(8, "", SHOT),
        CorruptImageException.class,
        "Invalid disk descriptor: 'Storage' not found");
    assertRefused(
        descriptor(8, storage(0, 8), SHOT),
        CorruptImageException.class,
        "Invalid disk descriptor: 'Image' not found");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "+1", "0x10", "1.5", "18014398509481984", "1 2", "x", "١"})
  void refusesBadNumbers(String number) {
    for (String name : new String[] {"Disk_size", "Start", "End", "Blocksize"}) {
      String text = simple().replaceAll("<" + name + ">[0-9]*<", "<" + name + ">" + number + "<");
      assertRefused(
          text,
          CorruptImageException.class,
          "Invalid disk descriptor: bad value '" + number + "' in '" + name + "'");
    }
  }

  @Test
  void takesTheLargestNumberAndBlanksAround() throws IOException {
    long sectors = (1L << 54) - 1;
    String text = descriptor(sectors, storage(0, sectors, FILE), SHOT);
    try (DiskImage image = open(bytes(text.replace("<Start>0<", "<Start>\n 000\t<")))) {
      assertThat(image.virtualSize()).isEqualTo(sectors * 512);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "5fbaabe3",
        "{5fbaabe3-6958-40ff-92a7-860e329aab41",
        "{5fbaabe3-6958-40ff-92a7-860e329aab4g}",
        "{5fbaabe3-6958-40ff-92a7-860e329aab410}"
      })
  void refusesBadGuids(String guid) {
    assertRefused(
        simple().replace("<GUID>" + TOP, "<GUID>" + guid),
        CorruptImageException.class,
        "Invalid disk descriptor: bad value '" + guid + "' in 'GUID'");
  }

  @Test
  void takesGuidsInAnyCaseAndWithoutBraces() throws IOException {
    String plain = TOP.substring(1, TOP.length() - 1);
    String text =
        simple().replace("<Shot><GUID>" + TOP, "<Shot><GUID>" + plain.toUpperCase(Locale.ROOT));
    open(bytes(text)).close();
  }

  @Test
  void refusesTextsLongerThanAnyField() {
    assertRefused(
        simple().replace("disk.hdd", "x".repeat(5000)),
        CorruptImageException.class,
        "bad value '" + "x".repeat(64) + "...' in 'File'");
  }

  @Test
  void refusesASecondOneOfWhatMayStandOnce() {
    for (String twice :
        new String[] {"<Disk_size>65536</Disk_size>", SHOT.replace("Shot", "Snapshots")}) {
      String text = simple().replace(twice, twice + twice);
      if (text.equals(simple())) {
        text = simple().replace("</Snapshots>", "</Snapshots><Snapshots/>");
      }
      assertRefused(text, CorruptImageException.class, "Invalid disk descriptor: more than one '");
    }
  }

  static Stream<Arguments> segments() {
    return Stream.of(
        Arguments.of("gap", storage(0, 3, FILE) + storage(4, 8, FILE)),
        Arguments.of("overlap", storage(0, 5, FILE) + storage(4, 8, FILE)),
        Arguments.of("not from 0", storage(1, 8, FILE)),
        Arguments.of("short", storage(0, 7, FILE)),
        Arguments.of("long", storage(0, 9, FILE)),
        Arguments.of("empty", storage(0, 0, FILE) + storage(0, 8, FILE)),
        Arguments.of("backwards", storage(0, 8, FILE) + storage(8, 4, FILE)));
  }

  @ParameterizedTest
  @MethodSource("segments")
  void segmentsCoverTheDisk(String name, String storages) {
    assertThat(name).isNotEmpty();
    assertRefused(
        descriptor(8, storages, SHOT),
        CorruptImageException.class,
        "Invalid disk descriptor: storage segments do not cover the disk");
  }

  static Stream<Arguments> chains() {
    String one = image(guid(1), "Compressed", "1");
    String two = image(guid(2), "Compressed", "2");
    String both = storage(0, 8, one, two);
    return Stream.of(
        Arguments.of(
            storage(0, 8, one, one), shot(guid(1), NO_PARENT), "duplicate GUID " + guid(1)),
        Arguments.of(both, shot(guid(1), NO_PARENT).repeat(2), "duplicate GUID " + guid(1)),
        Arguments.of(
            both,
            shot(guid(1), NO_PARENT) + shot(guid(2), NO_PARENT),
            "more than one snapshot without parent"),
        Arguments.of(
            both,
            shot(guid(1), guid(3)),
            "Snapshot " + guid(3) + " not found in the disk descriptor"),
        Arguments.of(
            both,
            "<TopGUID>" + guid(9) + "</TopGUID>" + shot(guid(1), NO_PARENT),
            "Snapshot " + guid(9) + " not found in the disk descriptor"),
        Arguments.of(
            both,
            "<TopGUID>" + NO_PARENT + "</TopGUID>" + shot(guid(1), NO_PARENT),
            "Snapshot " + NO_PARENT + " not found in the disk descriptor"),
        Arguments.of(
            both,
            "<TopGUID>" + NO_PARENT + "</TopGUID>" + shot(NO_PARENT, NO_PARENT),
            "bad value '" + NO_PARENT + "' in 'GUID'"),
        Arguments.of(
            both,
            shot(guid(1), guid(2)) + shot(guid(2), guid(1)),
            "Snapshot chain contains a loop"),
        Arguments.of(
            both,
            "<TopGUID>" + guid(1) + "</TopGUID>" + shot(guid(1), guid(1)),
            "Snapshot chain contains a loop"),
        Arguments.of(
            storage(0, 8, one, two, image(guid(3), "Compressed", "3")),
            shot(guid(1), NO_PARENT) + shot(guid(2), guid(1)) + shot(guid(3), guid(1)),
            "2 snapshots may be the top: " + guid(2) + ", " + guid(3)),
        Arguments.of(both, "", "'Shot' not found"),
        Arguments.of(
            storage(0, 8, one),
            shot(guid(1), NO_PARENT) + shot(guid(2), guid(1)),
            "no storage file of snapshot " + guid(2)),
        Arguments.of(
            storage(0, 8, one, image(guid(2), "Plain", "2")),
            shot(guid(1), NO_PARENT) + shot(guid(2), guid(1)),
            "plain storage file of snapshot " + guid(2)));
  }

  @ParameterizedTest
  @MethodSource("chains")
  void layersFormOneChain(String storages, String snapshots, String message) {
    assertRefused(descriptor(8, storages, snapshots), CorruptImageException.class, message);
  }

  @ParameterizedTest
  @CsvSource({"64, true", "65, false"})
  void aChainHasAtMostSixtyFourLayers(int layers, boolean allowed) throws IOException {
    StringBuilder images = new StringBuilder();
    StringBuilder shots = new StringBuilder();
    for (int i = 1; i <= layers; i++) {
      images.append(image(guid(i), "Compressed", "f" + i));
      shots.append(shot(guid(i), i == 1 ? NO_PARENT : guid(i - 1)));
    }
    String text = descriptor(8, storage(0, 8, images.toString()), shots.toString());
    if (allowed) {
      try (DiskImage image = open(bytes(text))) {
        assertThat(image.info().header()).containsEntry("layers", "64");
      }
    } else {
      assertRefused(text, CorruptImageException.class, "more than 64 layers");
    }
  }
}
