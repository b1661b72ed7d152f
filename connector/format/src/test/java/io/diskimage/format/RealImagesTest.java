package io.diskimage.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.chain.BackingChain;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Images that other tools than qemu-img made. The hashes are those of the guest content that
 * qemu-img 7.2 converts them to.
 */
class RealImagesTest {
  private static final int PIECE = 1 << 20;

  @ParameterizedTest
  @CsvSource({
    "vhd/win8-dynamic-40M.vhd, vpc, 41943040,"
        + " 80a3721188e40218b08b26776bc53bdae81e4784fff71d71450a197319cba113",
    "vhd/win81-dynamic-1G.vhd, vpc, 1073741824,"
        + " 49bc20df15e412a64472421e13fe86ff1c5165e18b2afccf160d4dc19fe68a14",
    "vhd/xapi-dynamic-40M.vhd, vpc, 41943040,"
        + " 80a3721188e40218b08b26776bc53bdae81e4784fff71d71450a197319cba113",
    "vdi/vbox5-dynamic-32M-empty.vdi.gz, vdi, 33554432,"
        + " 83ee47245398adee79bd9c0a8bc57b821e92aba10f5f9ade8a5d1fae4d8c4302",
    "vdi/vbox5-dynamic-4M.vdi.gz, vdi, 4194304,"
        + " 8fdefa42a22b04cf999ba6db209e5e945dd4793fe0e5c0282122df8eac939b4f",
    "hostile/original-size-mismatch.vhd, vpc, 2123776,"
        + " 100f317b5a397b22cd57cb01a71d4f3f66928fb6df6c83ac409e32480006cb94"
  })
  void readsTheGuestsContent(String name, String format, long size, String sha256)
      throws IOException {
    assertContent(name, resource(name), format, size, sha256);
  }

  @ParameterizedTest
  @CsvSource({
    "vdi/vbox-floppy-1440K-odd-size.vdi.gz, vdi, 1474560,"
        + " 7addf94295c91a65df70ae0d330a4ffb044f4e94921f2042fee086947fcccdbd",
    "vdi/qemu-2G-before-vbox.vdi.gz, vdi, 2147483648,"
        + " d3b47b8355761a9fc98634f746d6b3a0c014359a89eafe5e94b759006d7d8a9d",
    "vdi/qemu-2G-header-rewritten-by-vbox.vdi.gz, vdi, 2147483648,"
        + " d3b47b8355761a9fc98634f746d6b3a0c014359a89eafe5e94b759006d7d8a9d"
  })
  void readsTheContentOfImagesThatMayNotBeCopied(
      String name, String format, long size, String sha256) throws IOException {
    Path file = collection().resolve(name);
    Assumptions.assumeTrue(
        Files.exists(file),
        () -> "no " + file + ": DISKIMAGE_REAL_IMAGES names no such collection");
    try (InputStream stored = Files.newInputStream(file)) {
      assertContent(name, content(name, stored), format, size, sha256);
    }
  }

  private static void assertContent(
      String name, byte[] file, String format, long size, String sha256) throws IOException {
    assertThat(detect(name, file).name()).isEqualTo(format);
    try (DiskImage image = open(name, file, Purpose.READ, Map.of())) {
      assertThat(image.virtualSize()).isEqualTo(size);
      assertThat(sha256(image)).isEqualTo(sha256);
    }
  }

  @Test
  void virtualBoxMeansItsCurrentSizeAndQemusOldRuleItsGeometry() throws IOException {
    String name = "vhd/vbox-dynamic-40M.vhd";
    byte[] file = resource(name);
    try (DiskImage image = open(name, file, Purpose.READ, Map.of())) {
      assertThat(image.virtualSize()).isEqualTo(41943040);
    }
    try (DiskImage image = open(name, file, Purpose.READ, Map.of("vhdSize", "chs"))) {
      assertThat(image.virtualSize()).isEqualTo(41909760);
      assertThat(sha256(image))
          .isEqualTo("2625e0da0bc8637881f16ebad7b707696fe288d8bedbcee6b55d0c48a5e6d71f");
    }
  }

  @Test
  void theOriginalSizeCountsOnRequest() throws IOException {
    String name = "hostile/original-size-mismatch.vhd";
    try (DiskImage image =
        open(name, resource(name), Purpose.INFO, Map.of("vhdSize", "original"))) {
      // 1061888 is what libvhdi takes the disk's size for.
      assertThat(image.virtualSize()).isEqualTo(1061888);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "vhd/win10-differencing-child-of-win8.vhd",
        "vhd/win10-differencing-fat-no-parent.vhd.gz"
      })
  void aDifferencingDiskIsNeverReadAsIfItStoodAlone(String name) throws IOException {
    OpenOptions options = OpenOptions.of(Purpose.READ);
    try (DiskImage image = open(name, resource(name), Purpose.READ, Map.of());
        ImageContent content = new ImageContent(image, new IoCounters())) {
      byte[] whole = new byte[(int) image.virtualSize()];
      assertThatThrownBy(() -> content.read(0, whole, 0, whole.length))
          .isInstanceOf(ReferenceDeniedException.class);
      assertThatThrownBy(() -> BackingChain.open(image, options))
          .isInstanceOf(ReferenceDeniedException.class);
    }
  }

  /** The child is empty, so its guest sees what qemu-img reads of the parent. */
  @Test
  void aDifferencingDiskReadsThroughToItsParent() throws IOException {
    String name = "vhd/win10-differencing-child-of-win8.vhd";
    OpenOptions options =
        OpenOptions.of(Purpose.READ)
            .withReferences(
                (from, reference) -> {
                  assertThat(reference.target()).isEqualTo(".\\win8.vhd");
                  return new BytesImageInput("win8.vhd", resource("vhd/win8-dynamic-40M.vhd"));
                });
    DiskImage top = open(name, resource(name), Purpose.READ, Map.of());
    try (DiskImage disk = BackingChain.open(top, options)) {
      assertThat(disk.virtualSize()).isEqualTo(41943040);
      assertThat(sha256(disk))
          .isEqualTo("80a3721188e40218b08b26776bc53bdae81e4784fff71d71450a197319cba113");
      ExtentCursor runs = new MergedExtents(disk.extents(0, 41943040, new IoCounters()));
      assertThat(runs.next()).isTrue();
      assertThat(runs.length()).isEqualTo(41943040);
      assertThat(runs.depth()).isEqualTo(1);
      assertThat(runs.flags()).isEqualTo(ExtentCursor.ZERO | ExtentCursor.ALLOCATED);
    }
  }

  /**
   * Windows stored 18 sectors, 9 of them zero (vhd.md section 9.3). Its parent is lost; over a raw
   * one of zeros the guest sees what qemu-img reads, for the rest of the block is zero.
   */
  @Test
  void aDifferencingDiskHasTheSectorsOfItsBitmap() throws IOException {
    String name = "vhd/win10-differencing-fat-no-parent.vhd.gz";
    byte[] file = resource(name);
    // No id, so that the parent is raw.
    Arrays.fill(file, 512 + 40, 512 + 56, (byte) 0);
    OpenOptions options =
        OpenOptions.of(Purpose.READ)
            .withReferences((from, parent) -> new BytesImageInput("zeros", new byte[4 << 20]));
    try (DiskImage disk = BackingChain.open(open(name, file, Purpose.READ, Map.of()), options)) {
      int sectors = 0;
      ExtentCursor runs = disk.extents(0, disk.virtualSize(), new IoCounters());
      while (runs.next()) {
        sectors += runs.depth() == 0 ? (int) (runs.length() / 512) : 0;
      }
      assertThat(sectors).isEqualTo(18);
      assertThat(sha256(disk))
          .isEqualTo("9e96fac774e2e3606e0e3d5f1152844ca3c6a45ed45e61f36586b2cd60b19d3f");
    }
  }

  @Test
  void aDifferencingDiskNamesItsParent() throws IOException {
    String parentName = "vhd/win8-dynamic-40M.vhd";
    String childName = "vhd/win10-differencing-child-of-win8.vhd";
    try (DiskImage parent = open(parentName, resource(parentName), Purpose.INFO, Map.of());
        DiskImage child = open(childName, resource(childName), Purpose.INFO, Map.of())) {
      assertThat(child.virtualSize()).isEqualTo(41943040);
      assertThat(child.info().clusterSize()).isEqualTo(2 << 20);
      assertThat(child.info().parentId()).isEqualTo(parent.info().imageId());
      assertThat(child.info().features()).containsExactly("differencing");
      assertThat(child.info().header())
          .containsEntry("disk_type", "4")
          .containsEntry("creator_application", "win ")
          .containsEntry("parent_name", "C:\\Users\\sergi\\Downloads\\win8.vhd")
          .containsEntry("parent_locator_0_platform_code", "W2ku")
          .containsEntry("parent_locator_1_platform_code", "W2ru");
      assertThat(child.allocation(new IoCounters()).total()).isZero();
    }
  }

  @Test
  void countsWhatADifferencingDiskStores() throws IOException {
    String name = "vhd/win10-differencing-fat-no-parent.vhd.gz";
    try (DiskImage image = open(name, resource(name), Purpose.INFO, Map.of())) {
      assertThat(image.virtualSize()).isEqualTo(4194304);
      assertThat(image.allocation(new IoCounters()).total()).isEqualTo(2 << 20);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hostile/dfvfs-image-bad-checksum.vhd.gz",
        "hostile/dfvfs-image-differential-bad-checksum.vhd.gz"
      })
  void refusesWrongChecksums(String name) throws IOException {
    byte[] file = resource(name);
    for (Purpose purpose : Purpose.values()) {
      assertThatThrownBy(() -> open(name, file, purpose, Map.of()))
          .isInstanceOf(CorruptImageException.class)
          .hasMessageContaining("Incorrect header checksum");
    }
  }

  @Test
  void aVmdkIsNoImageOfAnyFormatWithAMagic() throws IOException {
    String name = "hostile/cdi-invalid-large-memory.vmdk-named-qcow.img";
    byte[] file = resource(name);
    ImageFormat byName = detect(name, file);
    assertThat(byName.name()).as("known by its name only").isEqualTo("raw");
    for (ImageFormat format : ImageFormats.all()) {
      if (format != byName) {
        assertThatThrownBy(
                () -> format.open(new BytesImageInput(name, file), OpenOptions.of(Purpose.INFO)))
            .as(format.name())
            .isInstanceOf(NotAnImageException.class);
      }
    }
  }

  private static ImageFormat detect(String name, byte[] file) throws IOException {
    String plain = name.endsWith(".gz") ? name.substring(0, name.length() - 3) : name;
    return ImageFormats.detect(new BytesImageInput(plain, file), false, new IoCounters());
  }

  private static DiskImage open(
      String name, byte[] file, Purpose purpose, Map<String, String> options) throws IOException {
    return detect(name, file)
        .open(new BytesImageInput(name, file), OpenOptions.of(purpose).withFormatOptions(options));
  }

  private static String sha256(DiskImage image) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
    byte[] piece = new byte[PIECE];
    try (ImageContent content = new ImageContent(image, new IoCounters())) {
      for (long at = 0; at < image.virtualSize(); at += PIECE) {
        int length = (int) Math.min(PIECE, image.virtualSize() - at);
        content.read(at, piece, 0, length);
        digest.update(piece, 0, length);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream stored =
        Objects.requireNonNull(
            RealImagesTest.class.getResourceAsStream("/real-images/" + name), name)) {
      return content(name, stored);
    }
  }

  private static byte[] content(String name, InputStream stored) throws IOException {
    return name.endsWith(".gz")
        ? new GZIPInputStream(stored).readAllBytes()
        : stored.readAllBytes();
  }

  /** By property or environment variable, else beside the working copy. */
  static Path collection() {
    String named =
        System.getProperty("DISKIMAGE_REAL_IMAGES", System.getenv("DISKIMAGE_REAL_IMAGES"));
    return named != null
        ? Path.of(named)
        : Path.of("").toAbsolutePath().resolve("../../../shared/real-images").normalize();
  }
}
