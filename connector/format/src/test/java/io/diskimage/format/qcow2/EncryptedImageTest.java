package io.diskimage.format.qcow2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ImageContent;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.LockedImageException;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.PassphraseSource;
import io.diskimage.format.Purpose;
import io.diskimage.format.chain.BackingChain;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckOptions;
import io.diskimage.format.check.ImageCheck;
import io.diskimage.format.check.Verdict;
import io.diskimage.format.oracle.FolderGate;
import io.diskimage.format.oracle.QemuImg;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images that {@code qemu-img} encrypts, and who can read them (qcow2.md section 1.9). */
class EncryptedImageTest {
  private static final String LUKS =
      "encrypt.format=luks,encrypt.iter-time=10,encrypt.key-secret=key";
  private static final String AES = "encrypt.format=aes,encrypt.key-secret=key";
  private static final int SIZE = 1 << 20;

  @TempDir private Path directory;
  private Path file;

  @BeforeAll
  static void requireOracle() {
    QemuImg.requireOrSkip();
  }

  @BeforeEach
  void nameFile() {
    file = directory.resolve("disk.qcow2");
  }

  private static String secret(String id, String passphrase) {
    return "secret,id=" + id + ",data=" + passphrase;
  }

  /** Creates an image whose sectors hold 7 from 64k on, and 9 at its end. */
  private void create(String options, String passphrase) {
    QemuImg.create("qcow2", options, file, Integer.toString(SIZE), passphrase);
    QemuImg.io(
        List.of(
            "--object",
            secret("key", passphrase),
            "--image-opts",
            "driver=qcow2,encrypt.key-secret=key,file.driver=file,file.filename=" + file),
        List.of("write -q -P 7 64k 100k", "write -q -P 9 1023k 1k"));
  }

  private static void assertReadable(DiskImage image) throws IOException {
    byte[] expected = new byte[SIZE];
    Arrays.fill(expected, 64 << 10, 164 << 10, (byte) 7);
    Arrays.fill(expected, 1023 << 10, SIZE, (byte) 9);
    byte[] content = new byte[SIZE];
    try (ImageContent reader = new ImageContent(image, new IoCounters())) {
      reader.read(0, content, 0, SIZE);
      assertThat(Arrays.mismatch(content, expected)).isEqualTo(-1);
      byte[] within = new byte[700];
      reader.read((64 << 10) - 3, within, 0, within.length);
      assertThat(
              Arrays.mismatch(
                  within, Arrays.copyOfRange(expected, (64 << 10) - 3, (64 << 10) + 697)))
          .isEqualTo(-1);
    }
  }

  private DiskImage open(PassphraseSource passphrases) throws IOException {
    return open(OpenOptions.of(Purpose.READ).withPassphrases(passphrases));
  }

  private DiskImage open(OpenOptions options) throws IOException {
    ImageInput input = LocalImageInput.open(file);
    DiskImage image = null;
    try {
      image = new Qcow2Format().open(input, options);
      return image;
    } finally {
      if (image == null) {
        input.close();
      }
    }
  }

  private DiskImage open(String passphrase) throws IOException {
    return open((image, uuid) -> passphrase.getBytes(UTF_8));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x",
        "pässwörd ✓",
        "longer than the sixteen bytes of a key",
        "a passphrase that has more than the sixty-four bytes of a block of the hash function"
      })
  void opensByThePassphraseOfItsMaker(String passphrase) throws IOException {
    for (String options : List.of(LUKS, AES)) {
      create(options, passphrase);
      try (DiskImage image = open(passphrase)) {
        assertReadable(image);
      }
      Files.delete(file);
    }
  }

  @Test
  void opensByThePassphraseOfAnyActiveSlot() throws IOException {
    create(LUKS, "first");
    for (int slot : new int[] {7, 3}) {
      amend(
          "state=active,encrypt.new-secret=new,encrypt.iter-time=10,encrypt.keyslot=" + slot, slot);
    }
    for (String passphrase : List.of("first", "slot3", "slot7")) {
      try (DiskImage image = open(passphrase)) {
        assertReadable(image);
      }
    }
    amend("state=inactive,encrypt.keyslot=0", 0);
    assertThatThrownBy(() -> open("first")).isInstanceOf(LockedImageException.class);
    try (DiskImage image = open("slot7")) {
      assertReadable(image);
    }
  }

  private void amend(String change, int slot) {
    QemuImg.retried(
        "amend",
        "--object",
        secret("key", "first"),
        "--object",
        secret("new", "slot" + slot),
        "--force",
        "--image-opts",
        "-o",
        "encrypt." + change,
        "driver=qcow2,encrypt.key-secret=key,file.driver=file,file.filename=" + file);
  }

  @Test
  void staysLockedWithoutThePassphrase() throws IOException {
    create(LUKS, "right");
    LockedImageException wrong =
        catchThrowableOfType(LockedImageException.class, () -> open("wrong"));
    assertThat(wrong.detail()).isEqualTo("Invalid password, cannot unlock any keyslot");
    assertThatThrownBy(() -> open(PassphraseSource.NONE))
        .isInstanceOf(LockedImageException.class)
        .hasMessageContaining("LUKS")
        .hasMessageContaining("option passwordProvider");
    create(AES, "right");
    assertThatThrownBy(() -> open(PassphraseSource.NONE))
        .isInstanceOf(LockedImageException.class)
        .hasMessageContaining("AES")
        .hasMessageContaining("option passwordProvider");
  }

  @Test
  void asksForThePassphraseOfItsUuidAndWipesIt() throws IOException {
    create(LUKS, "right");
    byte[] passphrase = "right".getBytes(UTF_8);
    List<String> asked = new ArrayList<>();
    PassphraseSource source =
        (image, uuid) -> {
          asked.add(image.location() + " " + uuid);
          return passphrase;
        };
    open(source).close();
    assertThat(asked)
        .containsExactly(
            LocalImageInput.open(file).location()
                + " "
                + QemuImg.info("qcow2", file).at("/format-specific/data/encrypt/uuid").textValue());
    assertThat(passphrase).containsOnly(0);
  }

  @Test
  void isDescribedAndCheckedWithoutAKey() throws IOException {
    for (String options : List.of(LUKS, AES)) {
      create(options, "right");
      PassphraseSource unasked =
          (image, uuid) -> {
            throw new AssertionError("asked for the key");
          };
      try (DiskImage image = open(OpenOptions.of(Purpose.INFO).withPassphrases(unasked))) {
        assertThat(image.info().encrypted()).isTrue();
        assertThat(image.allocation(new IoCounters()).total()).isEqualTo(3 << 16);
        assertThatThrownBy(() -> image.reader(new IoCounters()))
            .isInstanceOf(LockedImageException.class);
      }
      try (ImageInput input = LocalImageInput.open(file)) {
        CheckOptions check =
            CheckOptions.of(CheckLevel.METADATA)
                .withOpen(OpenOptions.of(Purpose.CHECK).withPassphrases(unasked));
        assertThat(ImageCheck.of(new Qcow2Format(), input, check).verdict())
            .isEqualTo(Verdict.CLEAN);
      }
      Files.delete(file);
    }
  }

  @Test
  void runsSayWhereTheEncryptedBytesLie() throws IOException {
    create(LUKS, "right");
    try (DiskImage image = open("right")) {
      ExtentCursor runs = image.extents(64 << 10, 164 << 10, new IoCounters());
      assertThat(runs.next()).isTrue();
      assertThat(runs.flags())
          .isEqualTo(ExtentCursor.DATA | ExtentCursor.ALLOCATED | ExtentCursor.ENCRYPTED);
      assertThat(runs.hostOffset()).isEqualTo(MadeImage.of(file).cluster(1));
    }
  }

  @Test
  void dataFilesAreEncryptedToo() throws IOException {
    for (String options : List.of(LUKS, AES)) {
      Path data = directory.resolve("disk.data");
      create(options + ",data_file=" + data, "right");
      OpenOptions reading =
          OpenOptions.of(Purpose.READ)
              .withPassphrases((image, uuid) -> "right".getBytes(UTF_8))
              .withReferences(new FolderGate(directory));
      try (DiskImage image = open(reading)) {
        assertReadable(image);
        ExtentCursor runs = image.extents(64 << 10, 164 << 10, new IoCounters());
        assertThat(runs.next()).isTrue();
        assertThat(runs.input()).isEqualTo(DataFile.INPUT);
      }
      assertThat(Files.readString(data, ISO_8859_1)).doesNotContain("\7\7\7\7\7\7\7\7");
      Files.delete(file);
      Files.delete(data);
    }
  }

  @Test
  void layersOfAChainHaveKeysOfTheirOwn() throws IOException {
    create(LUKS, "below");
    Path below = Files.move(file, directory.resolve("below.qcow2"));
    QemuImg.create(
        "qcow2",
        AES + ",backing_fmt=qcow2,backing_file=below.qcow2",
        file,
        Integer.toString(SIZE),
        "above");
    String both =
        "driver=qcow2,encrypt.key-secret=key,backing.encrypt.key-secret=low,file.driver=file,file.filename="
            + file;
    List<String> image =
        List.of(
            "--object",
            secret("key", "above"),
            "--object",
            secret("low", "below"),
            "--image-opts",
            both);
    QemuImg.io(image, List.of("write -q -P 3 70k 5k"));
    Path raw = directory.resolve("raw");
    List<String> convert = new ArrayList<>(List.of("convert"));
    convert.addAll(image);
    convert.addAll(1, List.of("-O", "raw"));
    convert.add(raw.toString());
    QemuImg.run(convert.toArray(String[]::new));
    Map<String, String> keys = Map.of("disk.qcow2", "above", "below.qcow2", "below");
    OpenOptions options =
        OpenOptions.of(Purpose.READ)
            .withPassphrases(
                (layer, uuid) ->
                    keys.get(Path.of(layer.location()).getFileName().toString()).getBytes(UTF_8))
            .withReferences((from, reference) -> LocalImageInput.open(below));
    try (DiskImage top = open(options);
        DiskImage disk = BackingChain.open(top, options);
        ImageContent content = new ImageContent(disk, new IoCounters())) {
      byte[] read = new byte[SIZE];
      content.read(0, read, 0, SIZE);
      assertThat(Arrays.mismatch(read, Files.readAllBytes(raw))).isEqualTo(-1);
    }
  }
}
