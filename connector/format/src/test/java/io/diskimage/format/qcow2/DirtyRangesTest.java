package io.diskimage.format.qcow2;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.BitmapNotFoundException;
import io.diskimage.format.BytesImageInput;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.CountingImageInput;
import io.diskimage.format.DirtyRanges;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Purpose;
import io.diskimage.format.TruncatedImageException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tables and bits of persistent bitmaps (qcow2.md section 1.8). */
class DirtyRangesTest {
  private static final int CLUSTER = 512;

  /** Guest bytes of a table entry: 4096 bits of 512 bytes. */
  private static final int ENTRY = CLUSTER * 8 * 512;

  private static final int SIZE = 4 * ENTRY - 3 * 512;

  private record Run(long offset, long length, boolean dirty) {}

  private final Qcow2Bytes bytes = Qcow2Bytes.v3(9, SIZE);
  private int directoryEntry;

  /** A bitmap with 512 bytes for a bit. */
  private void add(int flags, long... entries) {
    byte[] table = new byte[8 * entries.length];
    for (int i = 0; i < entries.length; i++) {
      ImagePatch.bigEndian(table).u64(8 * i, entries[i]);
    }
    int tableAt = bytes.append(table);
    byte[] name = "b".getBytes(UTF_8);
    byte[] directory = new byte[32];
    ImagePatch.bigEndian(directory)
        .u64(0, tableAt)
        .u32(8, entries.length)
        .u32(12, flags)
        .u8(16, 1)
        .u8(17, 9)
        .u16(18, name.length)
        .bytes(24, name);
    directoryEntry = bytes.append(directory);
    byte[] extension = new byte[24];
    ImagePatch.bigEndian(extension).u32(0, 1).u64(8, directory.length).u64(16, directoryEntry);
    bytes
        .patch()
        .u64(88, Qcow2Header.AUTOCLEAR_BITMAPS)
        .bytes(Qcow2Bytes.EXTENSIONS_V3, Qcow2Bytes.extension(HeaderExtensions.BITMAPS, extension));
  }

  private int bits(int... bytesOfBits) {
    byte[] cluster = new byte[CLUSTER];
    for (int i = 0; i < bytesOfBits.length; i++) {
      cluster[i] = (byte) bytesOfBits[i];
    }
    return bytes.append(cluster);
  }

  private DirtyRanges ranges(long from, long to) throws IOException {
    return bytes.open(Purpose.INFO).dirtyRanges("b", from, to, new IoCounters());
  }

  private static List<Run> runs(DirtyRanges ranges) throws IOException {
    List<Run> runs = new ArrayList<>();
    while (ranges.next()) {
      if (ranges.failure() != null) {
        throw ranges.failure();
      }
      runs.add(new Run(ranges.offset(), ranges.length(), ranges.isDirty()));
    }
    return runs;
  }

  @Test
  void entriesWithoutBitsAreAllCleanOrAllDirty() throws IOException {
    add(0, 0, 1, 1, 0);
    assertThat(runs(ranges(0, SIZE)))
        .containsExactly(
            new Run(0, ENTRY, false),
            new Run(ENTRY, 2 * ENTRY, true),
            new Run(3 * ENTRY, SIZE - 3 * ENTRY, false));
    assertThat(ranges(0, SIZE).dirtyBytes()).isEqualTo(2 * ENTRY);
    assertThat(ranges(ENTRY + 1, ENTRY + 8).dirtyBytes()).isEqualTo(7);
  }

  @Test
  void bitsCountFromTheLeastSignificantOne() throws IOException {
    long host = bits(0b0000_0110, 0x80, 0x01);
    add(0, host, 0, 0, 0);
    assertThat(runs(ranges(0, ENTRY)))
        .containsExactly(
            new Run(0, 512, false),
            new Run(512, 2 * 512, true),
            new Run(3 * 512, 12 * 512, false),
            new Run(15 * 512, 2 * 512, true),
            new Run(17 * 512, ENTRY - 17 * 512, false));
  }

  @Test
  void theLastBitEndsWithTheDisk() throws IOException {
    byte[] all = new byte[CLUSTER];
    Arrays.fill(all, (byte) 0xff);
    long host = bytes.append(all);
    add(0, 0, 0, host, host);
    assertThat(runs(ranges(0, SIZE)))
        .containsExactly(new Run(0, 2 * ENTRY, false), new Run(2 * ENTRY, SIZE - 2 * ENTRY, true));
  }

  @Test
  void aBrokenEntrySpoilsItsOwnRunOnly() throws IOException {
    int unaligned = bits(1) + 1;
    add(0, 1, 2, unaligned, 1);
    DirtyRanges ranges = ranges(0, SIZE);
    List<String> seen = new ArrayList<>();
    while (ranges.next()) {
      String what = String.valueOf(ranges.isDirty());
      if (ranges.failure() != null) {
        assertThat(ranges.failure()).isInstanceOf(CorruptImageException.class);
        what = ((ImageException) ranges.failure()).detail();
      }
      seen.add(ranges.offset() / ENTRY + " " + what);
    }
    assertThat(seen)
        .containsExactly(
            "0 true",
            "1 bitmap table entry 0x2 of 'b' is invalid",
            "2 bitmap table entry 0x" + Integer.toHexString(unaligned) + " of 'b' is invalid",
            "3 true");
    assertThatThrownBy(() -> ranges(0, SIZE).dirtyBytes())
        .isInstanceOf(CorruptImageException.class);
  }

  @Test
  void whatTheFileHasLostIsNotTakenForClean() throws IOException {
    add(0, 0, bits(1), 0, 0);
    long behind = bytes.file().length + 8L * CLUSTER;
    bytes.patch().u64(tableAt() + 16, behind);
    assertThat(ranges(0, 2 * ENTRY).dirtyBytes()).isEqualTo(512);
    assertThatThrownBy(() -> ranges(0, SIZE).dirtyBytes())
        .isInstanceOf(TruncatedImageException.class)
        .hasMessageContaining("bits of a bitmap 'b' lies behind the end of the file");
    bytes.patch().u64(directoryEntry, behind);
    assertThatThrownBy(() -> ranges(0, SIZE).dirtyBytes())
        .isInstanceOf(TruncatedImageException.class)
        .hasMessageContaining("bitmap table 'b' lies behind the end of the file");
  }

  private int tableAt() {
    return (int) ByteBuffer.wrap(bytes.file()).getLong(directoryEntry);
  }

  @Test
  void bitsThatAreStaleAreNotRead() throws IOException {
    add(1, 1, 1, 1, 1);
    assertThatThrownBy(() -> ranges(0, SIZE))
        .isInstanceOf(CorruptImageException.class)
        .hasMessageContaining("Bitmap 'b' is inconsistent and cannot be used");
  }

  @Test
  void theTableHasAsManyEntriesAsTheBitsTake() throws IOException {
    add(0, 1, 1, 1, 1, 1);
    assertThatThrownBy(() -> ranges(0, SIZE))
        .isInstanceOf(CorruptImageException.class)
        .hasMessageContaining("Could not read bitmap 'b' from image: Invalid argument");
  }

  @Test
  void aTableThatNoFileCanHaveIsRefused() throws IOException {
    add(0, 1, 1, 1, 1);
    bytes.patch().u64(directoryEntry, -(long) CLUSTER);
    assertThatThrownBy(() -> ranges(0, SIZE))
        .isInstanceOf(CorruptImageException.class)
        .hasMessageContaining("bitmap 'b': Input/output error");
  }

  @Test
  void aBitmapThatIsNotThereIsToldByName() throws IOException {
    add(0, 1, 1, 1, 1);
    try (DiskImage image = bytes.open(Purpose.INFO)) {
      assertThatThrownBy(() -> image.dirtyRanges("other", 0, SIZE, new IoCounters()))
          .isInstanceOf(BitmapNotFoundException.class)
          .hasMessageContaining("there is no bitmap of name 'other'");
    }
  }

  @Test
  void pagesAreReadOnceForEntriesThatShareThem() throws IOException {
    long host = bits(0xff);
    add(0, host, host, host, host);
    CountingImageInput input = new CountingImageInput(new BytesImageInput("b.qcow2", bytes.file()));
    try (DiskImage image = Qcow2Bytes.open(input, Purpose.INFO)) {
      image.dirtyRanges("b", 0, 512, new IoCounters()).dirtyBytes();
      long before = input.reads();
      assertThat(image.dirtyRanges("b", 0, SIZE, new IoCounters()).dirtyBytes())
          .isEqualTo(4 * 8 * 512);
      assertThat(input.reads() - before)
          .as("the directory, and shorter bits at the end")
          .isLessThan(3);
    }
  }

  /** 256 entries for one cluster of 2 MiB: 2^32 bits, every other one set, in some 20 MiB. */
  @Test
  void aSmallFileOfManyRunsIsCountedInTime() throws IOException {
    int cluster = 2 << 20;
    Qcow2Bytes bomb = Qcow2Bytes.v3(21, 2L << 40);
    byte[] alternating = new byte[cluster];
    Arrays.fill(alternating, (byte) 0x55);
    long host = bomb.append(alternating);
    byte[] table = new byte[256 * 8];
    for (int i = 0; i < 256; i++) {
      ImagePatch.bigEndian(table).u64(8 * i, host);
    }
    byte[] directory = new byte[32];
    ImagePatch.bigEndian(directory)
        .u64(0, bomb.append(table))
        .u32(8, 256)
        .u8(16, 1)
        .u8(17, 9)
        .u16(18, 1)
        .text(24, "b");
    byte[] extension = new byte[24];
    ImagePatch.bigEndian(extension)
        .u32(0, 1)
        .u64(8, directory.length)
        .u64(16, bomb.append(directory));
    bomb.patch()
        .u64(88, Qcow2Header.AUTOCLEAR_BITMAPS)
        .bytes(Qcow2Bytes.EXTENSIONS_V3, Qcow2Bytes.extension(HeaderExtensions.BITMAPS, extension));
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    try (DiskImage image = bomb.open(Purpose.INFO)) {
      long before = threads.getCurrentThreadCpuTime();
      assertThat(image.dirtyRanges("b", 0, 2L << 40, new IoCounters()).dirtyBytes())
          .isEqualTo(1L << 40);
      assertThat(threads.getCurrentThreadCpuTime() - before).isLessThan(2_000_000_000L);
    }
  }
}
