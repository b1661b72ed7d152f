package io.diskimage.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * What every format driver owes its callers. A driver's test subclasses this and hands over images
 * that it composed byte by byte, together with the guest content it composed them from.
 */
public abstract class ImageFormatContract {

  /** Driver name. */
  protected abstract String formatName();

  /**
   * At least one image, of each kind that is read along other paths; none if the driver only
   * describes.
   */
  protected abstract List<SampleImage> samples();

  /** Images that are refused for reading only. */
  protected List<UnreadableImage> unreadable() {
    return List.of();
  }

  /** Makes the checksums of an image right again after its header was changed. */
  protected void sign(byte[] file) {
    // Most formats have no checksums.
  }

  /** Bytes at the start and at the end of a file that hold header fields. */
  protected HeaderSpan headerSpan(byte[] file) {
    return new HeaderSpan(Math.min(512, file.length), 0);
  }

  /**
   * Where header fields stand.
   *
   * @param head bytes at the start of the file
   * @param tail bytes at its end
   */
  public record HeaderSpan(int head, int tail) {}

  protected final ImageFormat format() {
    return ImageFormats.byName(formatName()).orElseThrow();
  }

  protected final DiskImage open(byte[] file, Purpose purpose) throws IOException {
    return format().open(new BytesImageInput("/vm/image", file), OpenOptions.of(purpose));
  }

  @Test
  void detectsItsImages() throws IOException {
    for (SampleImage sample : samples()) {
      ImageInput input = new BytesImageInput("file:/vm/" + sample.fileName(), sample.file());
      assertThat(ImageFormats.detect(input, false, new IoCounters()))
          .as(sample.name())
          .isSameAs(format());
    }
  }

  @Test
  void claimsNoFileOfZeros() {
    byte[] zeros = new byte[512];
    assertThat(format().probe(new ProbeInput("disk", zeros, zeros, 512))).isZero();
    assertThat(format().probe(new ProbeInput("disk", new byte[1], new byte[0], 1))).isZero();
  }

  @Test
  void describesItsImages() throws IOException {
    for (SampleImage sample : samples()) {
      try (DiskImage image = open(sample.file(), Purpose.INFO)) {
        assertThat(image.info().format()).as(sample.name()).isEqualTo(formatName());
        assertThat(image.virtualSize()).as(sample.name()).isEqualTo(sample.guest().length);
        assertThat(image.info().virtualSize()).as(sample.name()).isEqualTo(image.virtualSize());
        assertThat(image.clusterSize()).as(sample.name()).isPositive();
        assertThat(image.clusterSize() % 512).as(sample.name()).isZero();
        Long cluster = image.info().clusterSize();
        assertThat(image.clusterSize()).isEqualTo(cluster == null ? 65536 : cluster);
      }
    }
  }

  @Test
  void extentsCoverTheDiskWithoutGaps() throws IOException {
    for (SampleImage sample : samples()) {
      try (DiskImage image = open(sample.file(), Purpose.READ)) {
        long expected = 0;
        ExtentCursor runs = image.extents(0, image.virtualSize(), new IoCounters());
        while (runs.next()) {
          assertThat(runs.failure()).as(sample.name()).isNull();
          assertThat(runs.offset()).as(sample.name()).isEqualTo(expected);
          assertThat(runs.length()).as(sample.name()).isPositive();
          assertThat(runs.kind().stored())
              .as(sample.name())
              .isEqualTo((runs.flags() & ExtentCursor.DATA) != 0);
          assertThat(runs.hostOffset() >= 0)
              .as(sample.name())
              .isEqualTo((runs.flags() & (ExtentCursor.OFFSET | ExtentCursor.COMPRESSED)) != 0);
          expected += runs.length();
        }
        assertThat(expected).as(sample.name()).isEqualTo(image.virtualSize());
      }
    }
  }

  @Test
  void clippedExtentsAreTheWholeMappingClipped() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (SampleImage sample : samples()) {
      try (DiskImage image = open(sample.file(), Purpose.READ)) {
        List<Extent> whole = merged(image, 0, image.virtualSize());
        for (int i = 0; i < 300; i++) {
          long from = position(random, image.virtualSize());
          long to = from + position(random, image.virtualSize() - from);
          assertThat(merged(image, from, to))
              .as("%s from %d to %d, seed %d", sample.name(), from, to, seed)
              .isEqualTo(clip(whole, from, to));
        }
      }
    }
  }

  private static List<Extent> merged(DiskImage image, long from, long to) throws IOException {
    ExtentCursor runs = new MergedExtents(image.extents(from, to, new IoCounters()));
    List<Extent> result = new ArrayList<>();
    while (runs.next()) {
      result.add(Extent.of(runs));
    }
    return result;
  }

  private static List<Extent> clip(List<Extent> whole, long from, long to) {
    List<Extent> result = new ArrayList<>();
    for (Extent run : whole) {
      long start = Math.max(from, run.offset());
      long end = Math.min(to, run.offset() + run.length());
      if (start < end) {
        // A compressed run is addressed by its stream, which clipping does not move.
        long host =
            run.has(ExtentCursor.OFFSET)
                ? run.hostOffset() + (start - run.offset())
                : run.hostOffset();
        result.add(new Extent(start, end - start, run.kind(), run.flags(), host, run.depth()));
      }
    }
    return result;
  }

  @Test
  void refusesRangesOutsideTheDisk() throws IOException {
    for (SampleImage sample : samples()) {
      try (DiskImage image = open(sample.file(), Purpose.READ)) {
        long size = image.virtualSize();
        IoCounters io = new IoCounters();
        assertThatThrownBy(() -> image.extents(0, size + 1, io))
            .as(sample.name())
            .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> image.extents(-1, size, io))
            .as(sample.name())
            .isInstanceOf(IndexOutOfBoundsException.class);
      }
    }
  }

  @Test
  void readsWhatTheGuestWrote() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (SampleImage sample : samples()) {
      byte[] guest = sample.guest();
      try (DiskImage image = open(sample.file(), Purpose.READ);
          ImageContent content = new ImageContent(image, new IoCounters())) {
        byte[] whole = new byte[guest.length];
        content.read(0, whole, 0, whole.length);
        assertThat(whole).as(sample.name()).isEqualTo(guest);
        for (int i = 0; i < 100; i++) {
          int from = (int) position(random, guest.length);
          int length = (int) position(random, Math.min(guest.length - from, 300_000));
          byte[] part = new byte[length + 7];
          content.read(from, part, 3, length);
          assertThat(Arrays.equals(guest, from, from + length, part, 3, 3 + length))
              .as("%s from %d, %d bytes, seed %d", sample.name(), from, length, seed)
              .isTrue();
        }
      }
    }
  }

  /** Positions near multiples of sectors and clusters find more than even ones do. */
  private static long position(Random random, long bound) {
    if (bound == 0) {
      return 0;
    }
    long any = (long) (random.nextDouble() * (bound + 1));
    long unit = 512L << random.nextInt(12);
    long near = any - any % unit + random.nextInt(3) - 1;
    return Math.max(0, Math.min(bound, random.nextInt(3) == 0 ? any : near));
  }

  @Test
  void allocationIsTheSumOfStoredExtents() throws IOException {
    for (SampleImage sample : samples()) {
      try (DiskImage image = open(sample.file(), Purpose.READ)) {
        long stored = 0;
        ExtentCursor runs = image.extents(0, image.virtualSize(), new IoCounters());
        while (runs.next()) {
          stored += runs.kind().stored() ? runs.length() : 0;
        }
        IoCounters io = new IoCounters();
        AllocationSummary summary = image.allocation(io);
        assertThat(summary.total()).as(sample.name()).isEqualTo(stored);
        assertThat(summary.failure()).as(sample.name()).isNull();
        assertThat(image.allocation(io)).as("counted once").isSameAs(summary);
      }
    }
  }

  @Test
  void mappingReadsNoData() throws IOException {
    for (SampleImage sample : samples()) {
      CountingImageInput input =
          new CountingImageInput(new BytesImageInput(sample.name(), sample.file()));
      OpenOptions options = OpenOptions.of(Purpose.READ);
      try (DiskImage image = format().open(input, options)) {
        IoCounters io = new IoCounters();
        merged(image, 0, image.virtualSize());
        image.allocation(io);
        assertThat(io.dataBytes()).as(sample.name()).isZero();
        assertThat(options.io().dataBytes()).as(sample.name()).isZero();
        long mapped = input.bytesRead();
        IoCounters data = new IoCounters();
        try (ImageContent content = new ImageContent(image, data)) {
          content.read(0, new byte[sample.guest().length], 0, sample.guest().length);
        }
        assertThat(input.bytesRead() - mapped)
            .as("every byte read is counted")
            .isEqualTo(data.dataBytes() + data.metadataBytes());
      }
    }
  }

  @Test
  void closesItsInputOnceItIsOpen() throws IOException {
    for (SampleImage sample : samples()) {
      CountingImageInput input =
          new CountingImageInput(new BytesImageInput(sample.name(), sample.file()));
      DiskImage image = format().open(input, OpenOptions.of(Purpose.READ));
      image.reader(new IoCounters()).close();
      assertThat(input.closes()).as(sample.name()).isZero();
      image.close();
      assertThat(input.closes()).as(sample.name()).isEqualTo(1);
    }
  }

  @Test
  void knowsNoSnapshotThatIsNotThere() throws IOException {
    for (SampleImage sample : samples()) {
      try (DiskImage image = open(sample.file(), Purpose.READ)) {
        assertThatThrownBy(() -> image.at("no such snapshot"))
            .isInstanceOf(SnapshotNotFoundException.class)
            .hasMessageContaining("no such snapshot");
      }
    }
  }

  @Test
  void describesButNeverReadsWhatItCannotRead() throws IOException {
    for (UnreadableImage each : unreadable()) {
      CountingImageInput input =
          new CountingImageInput(new BytesImageInput(each.name(), each.file()));
      assertThatThrownBy(() -> format().open(input, OpenOptions.of(Purpose.READ)))
          .as(each.name())
          .isInstanceOf(UnsupportedImageException.class)
          .hasMessageContaining(each.feature());
      assertThat(input.closes()).as("left to the caller").isZero();
      try (DiskImage image = open(each.file(), Purpose.INFO)) {
        IoCounters io = new IoCounters();
        assertThat(image.info().virtualSize()).as(each.name()).isPositive();
        assertThat(image.info().features()).as(each.name()).isNotEmpty();
        assertThat(image.info().header()).as(each.name()).isNotEmpty();
        assertThat(image.allocation(io).failure()).as(each.name()).isNull();
        assertThatThrownBy(() -> image.extents(0, 512, io))
            .as(each.name())
            .isInstanceOf(UnsupportedImageException.class)
            .hasMessageContaining(each.feature());
        assertThatThrownBy(() -> image.reader(io))
            .as(each.name())
            .isInstanceOf(UnsupportedImageException.class)
            .hasMessageContaining(each.feature());
      }
    }
  }

  @Test
  void failingReadsNeverBecomeContent() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (SampleImage sample : samples()) {
      int failed = 0;
      for (int i = 0; i < 100; i++) {
        ImageInput input =
            new FaultyImageInput(
                new BytesImageInput(sample.name(), sample.file()), random.nextLong(), 0.2);
        byte[] guest = sample.guest();
        byte[] read = new byte[guest.length];
        try (DiskImage image = format().open(input, OpenOptions.of(Purpose.READ));
            ImageContent content = new ImageContent(image, new IoCounters())) {
          content.read(0, read, 0, read.length);
        } catch (ImageException wrong) {
          throw new AssertionError(
              sample.name() + ": a failing disk is not the image's fault, seed " + seed, wrong);
        } catch (IOException injected) {
          assertThat(injected).hasMessageContaining("injected");
          failed++;
          continue;
        }
        assertThat(read).as("%s, seed %d", sample.name(), seed).isEqualTo(guest);
      }
      assertThat(failed).as("%s, seed %d", sample.name(), seed).isPositive();
    }
  }

  @Test
  void everyHeaderValueIsBoundedOrRefused() {
    List<byte[]> files = new ArrayList<>();
    samples().forEach(sample -> files.add(sample.file()));
    unreadable().stream().limit(1).forEach(each -> files.add(each.file()));
    for (byte[] file : files) {
      HeaderSpan span = headerSpan(file);
      mutate(file, 0, span.head());
      mutate(file, file.length - span.tail(), file.length);
    }
  }

  /** Puts extreme values at every place of a range of host offsets; signs and opens each. */
  protected final void mutate(byte[] file, int from, int to) {
    HostileHeaders.mutateFields(
        file,
        from,
        to,
        this::sign,
        mutant -> HostileHeaders.openAndWalk(format(), mutant, mutant.length));
  }

  @Test
  void truncatedFilesAreRefusedOrReadAsZeroBehindTheEnd() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (SampleImage sample : samples()) {
      int whole = sample.file().length;
      TreeSet<Integer> lengths = new TreeSet<>();
      for (int sector = 0; sector <= Math.min(whole, 8192); sector += 512) {
        lengths.addAll(List.of(Math.max(0, sector - 1), sector, sector + 1, sector + 64));
      }
      for (int i = 0; i < 40; i++) {
        int length = random.nextInt(whole);
        lengths.addAll(List.of(length, length - length % 512));
      }
      for (int behind : List.of(1, 2, 511, 512, 513, 1024, 65536)) {
        lengths.add(Math.max(0, whole - behind));
      }
      for (int length : lengths.headSet(whole)) {
        assertThat(HostileHeaders.differsFrom(format(), sample.file(), length, sample.guest()))
            .as("%s cut to %d bytes, seed %d", sample.name(), length, seed)
            .isFalse();
      }
    }
  }

  @Test
  void survivesRandomFiles() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 200; i++) {
      byte[] file = new byte[random.nextInt(5000)];
      random.nextBytes(file);
      HostileHeaders.openAndWalk(format(), file, file.length);
    }
  }

  /** Options that a driver has to ignore, since they are not its own. */
  @Test
  void leavesOptionsOfOthersAlone() throws IOException {
    byte[] file = samples().isEmpty() ? unreadable().get(0).file() : samples().get(0).file();
    OpenOptions options =
        OpenOptions.of(Purpose.INFO).withFormatOptions(Map.of("somebodyElses", "value"));
    format().open(new BytesImageInput("/vm/image", file), options).close();
  }
}
