package io.diskimage.format.qcow2;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.diskimage.format.CorruptImageException;
import io.diskimage.format.CountingImageInput;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.ImageContent;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.IoCounters;
import io.diskimage.format.LimitExceededException;
import io.diskimage.format.Limits;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.SnapshotInfo;
import io.diskimage.format.SnapshotNotFoundException;
import io.diskimage.format.TruncatedImageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Snapshot entries (qcow2.md section 1.7) and the disks they lead to. */
class SnapshotTableTest {
  private static final int CLUSTER = 4096;
  private static final long COVERAGE = 512L * CLUSTER;
  private static final int SIZE = 10 * CLUSTER;

  private final Qcow2Bytes bytes = Qcow2Bytes.v3(12, SIZE);
  private final ByteArrayOutputStream table = new ByteArrayOutputStream();
  private int count;

  /** An entry whose extra data are the given 64-bit values. */
  private void add(String id, String name, long l1Offset, long l1Size, long... extra) {
    byte[] entry = new byte[40 + 8 * extra.length + id.length() + name.length()];
    ImagePatch patch =
        ImagePatch.bigEndian(entry)
            .u64(0, l1Offset)
            .u32(8, l1Size)
            .u16(12, id.length())
            .u16(14, name.length())
            .u32(16, 1_000_000_000)
            .u32(20, 5)
            .u64(24, 77)
            .u32(32, 1234)
            .u32(36, 8L * extra.length);
    for (int i = 0; i < extra.length; i++) {
      patch.u64(40 + 8 * i, extra[i]);
    }
    patch.text(40 + 8 * extra.length, id + name);
    table.writeBytes(new byte[(8 - table.size() % 8) % 8]);
    table.writeBytes(entry);
    count++;
  }

  private DiskImage open() throws IOException {
    int at = bytes.append(table.toByteArray());
    bytes.patch().u32(60, count).u64(64, at);
    return bytes.open(Purpose.READ);
  }

  @Test
  void entriesWithoutExtraData() throws IOException {
    add("1", "old", 0, 0);
    try (DiskImage image = open()) {
      assertThat(image.snapshots())
          .containsExactly(
              new SnapshotInfo(
                  "1", "old", Instant.ofEpochSecond(1_000_000_000, 5), 77, 1234, SIZE, null));
      assertThat(image.at("old").virtualSize()).isEqualTo(SIZE);
    }
  }

  @Test
  void extraDataCountAsFarAsTheyGo() throws IOException {
    add("1", "a", 0, 0, 1L << 33);
    add("2", "bb", 0, 0, 5, 3 * CLUSTER + 700);
    add("3", "ccc", 0, 0, 5, CLUSTER, 42);
    add("4", "dddd", 0, 0, 5, CLUSTER, -1);
    add("5", "eeeee", 0, 0, 5, CLUSTER, 0, 99, 98);
    try (DiskImage image = open()) {
      assertThat(image.snapshots())
          .extracting(SnapshotInfo::name)
          .containsExactly("a", "bb", "ccc", "dddd", "eeeee");
      assertThat(image.snapshots())
          .extracting(SnapshotInfo::vmStateSize)
          .containsExactly(1L << 33, 5L, 5L, 5L, 5L);
      assertThat(image.snapshots())
          .extracting(SnapshotInfo::virtualSize)
          .containsExactly(
              (long) SIZE, 3L * CLUSTER + 512, (long) CLUSTER, (long) CLUSTER, (long) CLUSTER);
      assertThat(image.snapshots())
          .extracting(SnapshotInfo::icount)
          .containsExactly(null, null, 42L, null, 0L);
    }
  }

  @Test
  void anIdIsPreferredToAName() throws IOException {
    add("1", "2", 0, 0, 0, CLUSTER);
    add("2", "two", 0, 0, 0, 2 * CLUSTER);
    add("3", "two", 0, 0, 0, 3 * CLUSTER);
    try (DiskImage image = open()) {
      assertThat(image.at("2").virtualSize()).isEqualTo(2 * CLUSTER);
      assertThat(image.at("two").virtualSize()).isEqualTo(2 * CLUSTER);
      assertThat(image.at("3").virtualSize()).isEqualTo(3 * CLUSTER);
      assertThatThrownBy(() -> image.at("four"))
          .isInstanceOf(SnapshotNotFoundException.class)
          .hasMessageContaining("four");
    }
  }

  @Test
  void textIsUtf8() throws IOException {
    byte[] name = "Übung".getBytes(UTF_8);
    add("1", "x".repeat(name.length), 0, 0);
    byte[] raw = table.toByteArray();
    System.arraycopy(name, 0, raw, 41, name.length);
    table.reset();
    table.writeBytes(raw);
    try (DiskImage image = open()) {
      assertThat(image.snapshots().get(0).name()).isEqualTo("Übung");
    }
  }

  @Test
  void aSnapshotHasItsOwnTableAndSize() throws IOException {
    byte[] then = ImagePatch.content(1, CLUSTER);
    byte[] now = ImagePatch.content(2, CLUSTER);
    int data = bytes.append(then);
    byte[] l2 = new byte[CLUSTER];
    ImagePatch.bigEndian(l2).u64(8 * 3, data);
    byte[] l1 = new byte[8];
    ImagePatch.bigEndian(l1).u64(0, bytes.append(l2));
    bytes.store(3, now);
    // Larger than its L1 table maps: the rest was never written.
    add("1", "then", bytes.append(l1), 1, 0, 2 * COVERAGE);
    try (DiskImage image = open()) {
      DiskImage snapshot = image.at("then");
      assertThat(read(image, 3 * CLUSTER)).isEqualTo(now);
      assertThat(read(snapshot, 3 * CLUSTER)).isEqualTo(then);
      assertThat(snapshot.virtualSize()).isEqualTo(2 * COVERAGE);
      ExtentCursor rest = snapshot.extents(COVERAGE, 2 * COVERAGE, new IoCounters());
      assertThat(rest.next()).isTrue();
      assertThat(rest.kind()).isEqualTo(ExtentKind.UNALLOCATED);
      assertThat(rest.length()).isEqualTo(COVERAGE);
    }
  }

  private static byte[] read(DiskImage image, long offset) throws IOException {
    byte[] cluster = new byte[CLUSTER];
    try (ImageContent content = new ImageContent(image, new IoCounters())) {
      content.read(offset, cluster, 0, CLUSTER);
    }
    return cluster;
  }

  private void assertRefused(Class<? extends ImageException> type, String text) throws IOException {
    try (DiskImage image = open()) {
      ImageException refusal = catchThrowableOfType(ImageException.class, () -> image.at("1"));
      assertThat(refusal).isInstanceOf(type);
      assertThat(refusal.detail()).isEqualTo(text);
    }
  }

  @Test
  void anL1TableOfASnapshotIsBounded() throws IOException {
    add("1", "", 0, (4 << 20) + 1);
    assertRefused(CorruptImageException.class, "Snapshot L1 table too large");
  }

  @Test
  void anL1TableOfASnapshotIsAligned() throws IOException {
    add("1", "", 512, 1);
    assertRefused(CorruptImageException.class, "Snapshot L1 table offset invalid");
  }

  @Test
  void anL1TableOfASnapshotDoesNotWrap() throws IOException {
    add("1", "", Long.MIN_VALUE, 1);
    assertRefused(CorruptImageException.class, "Snapshot L1 table offset invalid");
  }

  @Test
  void anL1TableOfASnapshotIsInTheFile() throws IOException {
    add("1", "", 1L << 40, 1);
    assertRefused(
        TruncatedImageException.class, "Snapshot L1 table lies behind the end of the file");
  }

  @Test
  void theDiskOfASnapshotIsBounded() throws IOException {
    add("1", "", 0, 0, 0, -1);
    assertRefused(CorruptImageException.class, "Image is too big");
  }

  @Test
  void namesAreBoundedInSum() throws IOException {
    String name = "n".repeat(1000);
    for (int i = 0; i < 3; i++) {
      add(Integer.toString(i), name, 0, 0);
    }
    bytes.patch().u32(60, 3);
    int at = bytes.append(table.toByteArray());
    bytes.patch().u64(64, at);
    Limits limits = Limits.DEFAULT.withTables(4096, 8192).withTextBytes(3003);
    OpenOptions options = OpenOptions.of(Purpose.READ);
    new Qcow2Format().open(bytes.input(), options.withLimits(limits)).close();
    Limits tighter = Limits.DEFAULT.withTables(4096, 8192).withTextBytes(3002);
    assertThatThrownBy(
            () -> new Qcow2Format().open(bytes.input(), options.withLimits(tighter)).close())
        .isInstanceOf(LimitExceededException.class)
        .hasMessageContaining("3002");
  }

  @Test
  void aTableIsBounded() {
    byte[] entries = new byte[65536 * 1064];
    ImagePatch patch = ImagePatch.bigEndian(entries);
    for (int i = 0; i < 65536; i++) {
      patch.u32(1064 * i + 36, 1024);
    }
    int at = bytes.append(entries);
    bytes.patch().u32(60, 65536).u64(64, at);
    assertThatThrownBy(() -> bytes.open(Purpose.READ))
        .isInstanceOf(CorruptImageException.class)
        .hasMessageContaining("Snapshot table is too big");
  }

  @Test
  void aLongTableIsReadByFewRequests() throws IOException {
    int at = bytes.append(new byte[65536 * 40]);
    bytes.patch().u32(60, 65536).u64(64, at);
    CountingImageInput input = new CountingImageInput(bytes.input());
    try (DiskImage image = Qcow2Bytes.open(input, Purpose.READ)) {
      assertThat(image.snapshots()).hasSize(65536);
    }
    assertThat(input.reads()).isLessThan(60);
  }

  @Test
  void aSnapshotSharesTheCacheOfItsImage() throws IOException {
    byte[] l1 = Arrays.copyOfRange(bytes.file(), bytes.l1At(0), bytes.l1At(0) + 8);
    add("1", "", bytes.append(l1), 1);
    bytes.patch().u32(60, 1);
    int at = bytes.append(table.toByteArray());
    bytes.patch().u64(64, at);
    CountingImageInput input = new CountingImageInput(bytes.input());
    try (DiskImage image = Qcow2Bytes.open(input, Purpose.READ)) {
      image.allocation(new IoCounters());
      long before = input.bytesRead();
      image.at("1").allocation(new IoCounters());
      assertThat(input.bytesRead() - before).as("its L1 table alone").isEqualTo(8);
    }
  }
}
