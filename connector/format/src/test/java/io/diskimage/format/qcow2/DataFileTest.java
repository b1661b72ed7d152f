package io.diskimage.format.qcow2;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.CountingImageInput;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.ImageContent;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.IoCounters;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.Reference;
import io.diskimage.format.ReferenceDeniedException;
import io.diskimage.format.ReferenceGate;
import io.diskimage.format.UnsupportedImageException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Images that keep their guest data in another file (qcow2.md sections 1.4 and 3). */
class DataFileTest {
  private static final int CLUSTER = 4096;
  private static final int SIZE = 6 * CLUSTER;

  private final Qcow2Bytes bytes = named("disk.raw");
  private final byte[] data = ImagePatch.content(7, 2 * CLUSTER + 100);
  private final CountingImageInput dataFile =
      new CountingImageInput(new BytesImageInput("disk.raw", data));
  private final List<Reference> asked = new ArrayList<>();

  private static Qcow2Bytes named(String dataFile) {
    Qcow2Bytes image = Qcow2Bytes.v3(12, SIZE);
    image
        .patch()
        .u64(72, Qcow2Header.INCOMPATIBLE_DATA_FILE)
        .bytes(
            Qcow2Bytes.EXTENSIONS_V3,
            Qcow2Bytes.extension(HeaderExtensions.DATA_FILE, dataFile.getBytes(US_ASCII)));
    return image;
  }

  private DiskImage open(Purpose purpose) throws IOException {
    return open(bytes.input(), purpose);
  }

  private DiskImage open(ImageInput image, Purpose purpose) throws IOException {
    return open(
        image,
        purpose,
        (from, reference) -> {
          assertThat(from).isSameAs(image);
          asked.add(reference);
          return dataFile;
        });
  }

  private static DiskImage open(ImageInput image, Purpose purpose, ReferenceGate gate)
      throws IOException {
    return new Qcow2Format().open(image, OpenOptions.of(purpose).withReferences(gate));
  }

  @Test
  void readsGuestDataFromTheDataFile() throws IOException {
    bytes.map(0, Qcow2Bytes.COPIED);
    bytes.map(1, Qcow2Bytes.COPIED | CLUSTER);
    bytes.map(2, Qcow2Bytes.COPIED | 2 * CLUSTER);
    bytes.map(3, Qcow2Bytes.COPIED | 3 * CLUSTER);
    bytes.map(4, Qcow2Bytes.COPIED | Qcow2Bytes.ZERO | 4 * CLUSTER);
    byte[] read = new byte[SIZE];
    try (DiskImage image = open(Purpose.READ)) {
      ExtentCursor runs = image.extents(0, SIZE, new IoCounters());
      assertThat(runs.next()).isTrue();
      assertThat(runs.kind()).isEqualTo(ExtentKind.DATA);
      assertThat(runs.input()).isEqualTo(1);
      assertThat(runs.hostOffset()).isZero();
      assertThat(runs.length()).isEqualTo(4 * CLUSTER);
      assertThat(runs.next()).isTrue();
      assertThat(runs.kind()).isEqualTo(ExtentKind.ZERO);
      assertThat(runs.hostOffset()).isEqualTo(4 * CLUSTER);
      assertThat(runs.next()).isTrue();
      assertThat(runs.kind()).isEqualTo(ExtentKind.UNALLOCATED);
      assertThat(runs.next()).isFalse();
      try (ImageContent content = new ImageContent(image, new IoCounters())) {
        content.read(0, read, 0, SIZE);
      }
    }
    // The data file ends in the third cluster: what it lacks reads as zeros.
    assertThat(read).isEqualTo(Arrays.copyOf(data, SIZE));
    assertThat(asked).containsExactly(new Reference(Reference.DATA_FILE, "disk.raw", null, null));
  }

  @Test
  void followsTheMappingOfARawDataFileToo() throws IOException {
    bytes.map(1, Qcow2Bytes.COPIED | CLUSTER);
    bytes.patch().u64(88, Qcow2Header.AUTOCLEAR_RAW_DATA_FILE);
    byte[] read = new byte[2 * CLUSTER];
    try (DiskImage image = open(Purpose.READ);
        ImageContent content = new ImageContent(image, new IoCounters())) {
      content.read(0, read, 0, read.length);
    }
    byte[] expected = new byte[2 * CLUSTER];
    System.arraycopy(data, CLUSTER, expected, CLUSTER, CLUSTER);
    assertThat(read).isEqualTo(expected);
    assertThat(asked).containsExactly(new Reference(Reference.DATA_FILE, "disk.raw", "raw", null));
  }

  @Test
  void takesTheFirstClusterOfAnExtendedTableByItsCopiedBit() throws IOException {
    Qcow2Bytes extended = Qcow2Bytes.v3(14, 4 * 16384);
    extended
        .patch()
        .u64(72, Qcow2Header.INCOMPATIBLE_DATA_FILE | Qcow2Header.INCOMPATIBLE_EXTENDED_L2)
        .bytes(
            Qcow2Bytes.EXTENSIONS_V3,
            Qcow2Bytes.extension(HeaderExtensions.DATA_FILE, "disk.raw".getBytes(US_ASCII)));
    extended.map(0, Qcow2Bytes.COPIED).map(1, 0b10);
    try (DiskImage image = open(extended.input(), Purpose.READ)) {
      ExtentCursor runs = image.extents(512, 1024, new IoCounters());
      assertThat(runs.next()).isTrue();
      assertThat(runs.failure()).isNull();
      assertThat(runs.kind()).isEqualTo(ExtentKind.DATA);
      assertThat(runs.hostOffset()).isEqualTo(512);
    }
  }

  @Test
  void ownsTheDataFile() throws IOException {
    CountingImageInput file = new CountingImageInput(bytes.input());
    open(file, Purpose.READ).close();
    assertThat(file.closes()).isEqualTo(1);
    assertThat(dataFile.closes()).isEqualTo(1);
  }

  @Test
  void opensNoOtherFileUnlessDataAreRead() throws IOException {
    bytes.map(1, Qcow2Bytes.COPIED | CLUSTER);
    for (Purpose purpose : List.of(Purpose.INFO, Purpose.CHECK)) {
      try (DiskImage image = open(purpose)) {
        assertThat(image.info().dataFile()).isEqualTo("disk.raw");
        assertThat(image.allocation(new IoCounters()).total()).isEqualTo(CLUSTER);
        assertThatThrownBy(() -> image.extents(0, 512, new IoCounters()))
            .isInstanceOf(UnsupportedImageException.class)
            .hasMessageContaining("'data-file' is required for this image");
        assertThatThrownBy(() -> image.reader(new IoCounters()))
            .isInstanceOf(UnsupportedImageException.class);
      }
    }
    assertThat(asked).isEmpty();
  }

  @Test
  void isRefusedWithItsDataFile() {
    CountingImageInput file = new CountingImageInput(bytes.input());
    assertThatThrownBy(() -> open(file, Purpose.READ, ReferenceGate.DENY_ALL))
        .isInstanceOf(ReferenceDeniedException.class)
        .hasMessageContaining("data file 'disk.raw'");
    assertThat(file.closes()).as("left to the caller").isZero();
  }

  @Test
  void needsANameThatIsWhole() {
    Qcow2Bytes nameless = Qcow2Bytes.v3(12, SIZE);
    nameless.patch().u64(72, Qcow2Header.INCOMPATIBLE_DATA_FILE);
    assertThatThrownBy(() -> open(nameless.input(), Purpose.READ))
        .isInstanceOf(CorruptImageException.class)
        .hasMessageContaining("'data-file' is required for this image");
    Qcow2Bytes endless = named("x".repeat(1024));
    assertThatThrownBy(() -> open(endless.input(), Purpose.READ))
        .isInstanceOf(UnsupportedImageException.class)
        .hasMessageContaining("Data file name too long");
    assertThat(asked).isEmpty();
  }

  @Test
  void findsDataAtTheirGuestOffsetsOnly() throws IOException {
    bytes.map(0, Qcow2Bytes.COPIED | CLUSTER);
    bytes.map(1, bytes.descriptor(CLUSTER, 100));
    List<String> failures = new ArrayList<>();
    try (DiskImage image = open(Purpose.READ)) {
      ExtentCursor runs = image.extents(0, 2 * CLUSTER, new IoCounters());
      while (runs.next()) {
        assertThat(runs.length()).isEqualTo(CLUSTER);
        failures.add(((ImageException) runs.failure()).detail());
      }
    }
    String table = "0x" + Integer.toHexString(bytes.l2At(0));
    assertThat(failures)
        .containsExactly(
            "External data file host cluster offset 0x1000 does not match guest cluster offset: 0,"
                + " L2 index: 0)",
            "Compressed cluster entry found in image with external data file (L2 offset: "
                + table
                + ", L2 index: 0x1)");
  }
}
