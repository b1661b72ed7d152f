package io.diskimage.format.vhd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.CountingImageInput;
import io.diskimage.format.DiskImage;
import io.diskimage.format.Extent;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.ForwardingImageInput;
import io.diskimage.format.ImageContent;
import io.diskimage.format.ImageInput;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Limits;
import io.diskimage.format.MergedExtents;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.ReadAdvice;
import io.diskimage.format.ReferenceDeniedException;
import io.diskimage.format.UnsupportedImageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A differencing disk by itself: what it holds, and that the rest is its parent's. */
class DifferencingTest {
  private static final int SECTOR = VhdLayer.SECTOR;
  private static final int BLOCK = 64 << 10;
  private static final int SIZE = 5 * BLOCK + 3 * SECTOR;

  private final Random random = new Random(20);

  private static VhdLayer child(int size, int blockSize) {
    return new VhdLayer(VhdBytes.DIFFERENCING, size, blockSize).parentName("parent.vhd");
  }

  private static DiskImage open(ImageInput input) throws IOException {
    return new VhdFormat().open(input, OpenOptions.of(Purpose.READ));
  }

  private static DiskImage open(byte[] file) throws IOException {
    return open(new BytesImageInput("child.vhd", file));
  }

  private static List<Extent> runs(DiskImage image, long from, long to) throws IOException {
    ExtentCursor cursor = new MergedExtents(image.extents(from, to, new IoCounters()));
    List<Extent> runs = new ArrayList<>();
    while (cursor.next()) {
      assertThat(cursor.failure()).isNull();
      runs.add(Extent.of(cursor));
    }
    return runs;
  }

  private static Extent backing(long offset, long length) {
    return new Extent(offset, length, ExtentKind.BACKING, 0, -1, -1);
  }

  private static Extent data(long offset, long length, long host) {
    int flags = ExtentCursor.DATA | ExtentCursor.OFFSET | ExtentCursor.ALLOCATED;
    return new Extent(offset, length, ExtentKind.DATA, flags, host, 0);
  }

  private byte[] content(int sectors) {
    byte[] bytes = new byte[sectors * SECTOR];
    random.nextBytes(bytes);
    return bytes;
  }

  /** One table sector behind the header, then bitmap and data of the block written first. */
  @Test
  void runsOfSectorsAreJoinedOverAbsentBlocksButNotOverBitmaps() throws IOException {
    VhdLayer child = child(SIZE, BLOCK);
    child.write(BLOCK + 7 * SECTOR, content(3));
    child.write(2 * BLOCK - SECTOR, content(2));
    child.allocate(4);
    long block1 = 1536 + 512 + 512;
    long block2 = block1 + BLOCK + 512;
    try (DiskImage image = open(child.file(random))) {
      assertThat(runs(image, 0, SIZE))
          .containsExactly(
              backing(0, BLOCK + 7 * SECTOR),
              data(BLOCK + 7 * SECTOR, 3 * SECTOR, block1 + 7 * SECTOR),
              backing(BLOCK + 10 * SECTOR, BLOCK - 11 * SECTOR),
              data(2 * BLOCK - SECTOR, SECTOR, block1 + BLOCK - SECTOR),
              data(2 * BLOCK, SECTOR, block2),
              backing(2 * BLOCK + SECTOR, SIZE - 2 * BLOCK - SECTOR));
    }
  }

  @Test
  void aStoredSectorCountsThoughItIsZero() throws IOException {
    VhdLayer child = child(SIZE, BLOCK).write(SECTOR, new byte[2 * SECTOR]);
    try (DiskImage image = open(child.file(random));
        ImageContent content = new ImageContent(image, new IoCounters())) {
      byte[] read = ImagePatch.content(1, 2 * SECTOR);
      content.read(SECTOR, read, 0, read.length);
      assertThat(read).containsOnly(0);
      assertThatThrownBy(() -> content.read(SECTOR, read, 0, 2 * SECTOR + 1))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void whatIsTheParentsIsNeverReadAsZeros() throws IOException {
    VhdLayer child = child(SIZE, BLOCK).write(SECTOR, content(2));
    try (DiskImage image = open(child.file(random));
        ImageContent content = new ImageContent(image, new IoCounters())) {
      for (int at : new int[] {0, 2 * SECTOR, BLOCK, SIZE - 2 * SECTOR}) {
        assertThatThrownBy(() -> content.read(at, new byte[2 * SECTOR], 0, 2 * SECTOR))
            .isInstanceOf(ReferenceDeniedException.class);
      }
    }
  }

  /** vhd.md section 9.3: the first tools of XenServer began with the lowest bit. */
  @ParameterizedTest
  @CsvSource({
    "0x00000001, 0x07, 0, 1536",
    "0x00010003, 0x07, 2560, 1536",
    "0x00010001, 0x80, 0, 512"
  })
  void bitOrderIsTheCreators(String version, String bits, int first, int count) throws IOException {
    byte[] file = child(SIZE, BLOCK).byXen(Integer.decode(version)).allocate(0).file(random);
    file[1536 + 512] = (byte) (int) Integer.decode(bits);
    try (DiskImage image = open(file)) {
      assertThat(runs(image, 0, BLOCK)).contains(data(first, count, 1536 + 1024 + first));
    }
  }

  @Property(tries = 200)
  void runsAreThoseOfTheWrittenSectorsHoweverTheyAreCut(@ForAll Random chosen) throws IOException {
    int blockSize = 4096 << chosen.nextInt(6);
    int size = SECTOR * (1 + chosen.nextInt(700));
    VhdLayer child = child(size, blockSize).scattered().stale(chosen);
    WrittenChain written = new WrittenChain(chosen).add("child.vhd", child);
    written.write(chosen.nextInt(12));
    Limits pages = Limits.DEFAULT.withTables(4096, 8192);
    try (DiskImage image =
        new VhdFormat()
            .open(
                new BytesImageInput("child.vhd", child.file(chosen)),
                OpenOptions.of(Purpose.READ).withLimits(pages))) {
      long from = chosen.nextInt(size + 1);
      long to = from + chosen.nextInt((int) (size - from) + 1);
      long at = from;
      Extent before = null;
      for (Extent run : runs(image, from, to)) {
        assertThat(run.offset()).isEqualTo(at);
        for (; at < run.offset() + run.length(); at = (at / SECTOR + 1) * SECTOR) {
          assertThat(run.kind() == ExtentKind.DATA)
              .as("guest offset %d", at)
              .isEqualTo(child.holds((int) (at / SECTOR)));
        }
        at = run.offset() + run.length();
        boolean joined =
            before != null
                && before.kind() == run.kind()
                && (run.kind() == ExtentKind.BACKING || run.offset() % blockSize != 0);
        assertThat(joined).as("%s could be one with %s", before, run).isFalse();
        before = run;
      }
      assertThat(at).isEqualTo(to);
    }
  }

  /** 2 GiB of guest bytes per block: 512 KiB of bitmap, in pages. */
  @Test
  void theBitmapOfTheLargestBlockIsReadInPieces() throws IOException {
    long blockSize = 1L << 31;
    byte[] file = child(BLOCK, BLOCK).file(random);
    ImagePatch.bigEndian(file).u64(48, blockSize).u32(512 + 32, blockSize).u32(1536, 2048 / 512);
    VhdBytes.sign(file);
    long bitmapBytes = blockSize / 4096;
    long dataAt = 2048 + bitmapBytes;
    CountingImageInput input =
        new CountingImageInput(
            new SparseInput(file, dataAt + blockSize, 2048 + bitmapBytes / 2 - 1, 0x01, 0xc0));
    try (DiskImage image = open(input)) {
      long opened = input.bytesRead();
      long middle = blockSize / 2;
      assertThat(runs(image, 0, blockSize))
          .containsExactly(
              backing(0, middle - SECTOR),
              data(middle - SECTOR, 3 * SECTOR, dataAt + middle - SECTOR),
              backing(middle + 2 * SECTOR, blockSize - middle - 2 * SECTOR));
      assertThat(input.bytesRead() - opened).isEqualTo(bitmapBytes);
      assertThat(input.reads()).isEqualTo(3 + bitmapBytes / Limits.DEFAULT.tablePageBytes());
    }
  }

  /** The start of a file, zeros, and two bytes somewhere behind it. */
  private static final class SparseInput extends ForwardingImageInput {
    private final long length;
    private final long at;
    private final int[] values;

    SparseInput(byte[] head, long length, long at, int... values) {
      super(new BytesImageInput("large.vhd", head, 2048));
      this.length = length;
      this.at = at;
      this.values = values.clone();
    }

    @Override
    public long length() {
      return length;
    }

    @Override
    public int read(long position, ByteBuffer target) throws IOException {
      int start = target.position();
      super.read(position, target);
      while (target.hasRemaining()) {
        long place = position + target.position() - start - at;
        target.put((byte) (place >= 0 && place < values.length ? values[(int) place] : 0));
      }
      return target.position() - start;
    }
  }

  private static ImageInput remote(byte[] file) {
    return new ForwardingImageInput(new BytesImageInput("child.vhd", file)) {
      @Override
      public ReadAdvice advice() {
        return ReadAdvice.REMOTE;
      }
    };
  }

  /** Each bitmap is a read of one sector where data lie between, and it is kept. */
  @Test
  void theBitmapOfABlockIsReadOnce() throws IOException {
    int blockSize = 2 << 20;
    VhdLayer child = child(3 * blockSize, blockSize);
    child.write(SECTOR, content(1)).write(2 * blockSize + SECTOR, content(1));
    CountingImageInput input = new CountingImageInput(remote(child.file(random)));
    try (DiskImage image = open(input)) {
      long reads = input.reads();
      long bytes = input.bytesRead();
      IoCounters io = new IoCounters();
      for (int i = 0; i < 3; i++) {
        ExtentCursor cursor = image.extents(0, image.virtualSize(), io);
        int count = 0;
        while (cursor.next()) {
          count++;
        }
        assertThat(count).isEqualTo(7);
      }
      assertThat(input.reads() - reads).isEqualTo(2);
      assertThat(input.bytesRead() - bytes).isEqualTo(2 * 512);
      assertThat(io.reads()).isEqualTo(2);
      assertThat(io.metadataBytes()).isEqualTo(2 * 512);
    }
  }

  /** 64 blocks of 8 KiB and a sector each: windows of 128 KiB hold 15 or 16 bitmaps. */
  @Test
  void bitmapsThatLieCloseTogetherShareAReading() throws IOException {
    int blockSize = 8 << 10;
    VhdLayer child = child(64 * blockSize, blockSize);
    for (int block = 0; block < 64; block++) {
      child.write(block * blockSize + SECTOR, content(1));
    }
    CountingImageInput input = new CountingImageInput(new BytesImageInput("c", child.file(random)));
    try (DiskImage image = open(input)) {
      long reads = input.reads();
      assertThat(runs(image, 0, image.virtualSize())).hasSize(129);
      assertThat(input.reads() - reads).isEqualTo(5);
    }
  }

  /** For the counts of a plan, and for files with half a million blocks, the table has to do. */
  @Test
  void whatIsStoredIsCountedInBlocksAndByTheTableAlone() throws IOException {
    VhdLayer child = child(SIZE, BLOCK).write(0, content(1)).write(3 * BLOCK, content(1));
    CountingImageInput input = new CountingImageInput(new BytesImageInput("c", child.file(random)));
    try (DiskImage image = open(input)) {
      long reads = input.reads();
      assertThat(image.allocation(new IoCounters()).total()).isEqualTo(2 * BLOCK);
      assertThat(input.reads()).isEqualTo(reads);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 1024, 2048})
  void blocksWithoutBitmapsAreRefused(int blockSize) throws IOException {
    byte[] file = child(4096, 4096).file(random);
    ImagePatch.bigEndian(file).u32(512 + 28, 8).u32(512 + 32, blockSize);
    VhdBytes.sign(file);
    assertThatThrownBy(() -> open(file))
        .isInstanceOfSatisfying(
            UnsupportedImageException.class,
            refused -> assertThat(refused.hostOffset()).isEqualTo(512 + 32))
        .hasMessageContaining("no sector bitmaps");
  }

  @Test
  void aBitmapThatCannotBeReadSpoilsItsBlockOnly() throws IOException {
    VhdLayer child = child(SIZE, BLOCK).write(SECTOR, content(1)).write(2 * BLOCK, content(1));
    long bitmapOfFirst = 1536 + 512;
    ImageInput failing =
        new ForwardingImageInput(new BytesImageInput("child.vhd", child.file(random))) {
          @Override
          public int read(long position, ByteBuffer target) throws IOException {
            if (position == bitmapOfFirst) {
              throw new IOException("injected");
            }
            return super.read(position, target);
          }
        };
    try (DiskImage image = open(failing)) {
      ExtentCursor runs = image.extents(0, image.virtualSize(), new IoCounters());
      assertThat(runs.next()).isTrue();
      assertThat(runs.length()).isEqualTo(BLOCK);
      assertThat(runs.failure()).hasMessage("injected");
      assertThat(runs.kind()).isNull();
      assertThat(runs.depth()).isEqualTo(-1);
      assertThat(runs.hostOffset()).isEqualTo(-1);
      assertThat(runs.next()).isTrue();
      assertThat(runs.kind()).isEqualTo(ExtentKind.BACKING);
      assertThat(runs.next()).isTrue();
      assertThat(runs.failure()).isNull();
      assertThat(runs.kind()).isEqualTo(ExtentKind.DATA);
    }
  }
}
