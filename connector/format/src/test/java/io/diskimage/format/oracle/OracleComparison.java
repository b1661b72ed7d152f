package io.diskimage.format.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ImageContent;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.IoCounters;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.MergedExtents;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Holds a driver against {@code qemu-img}: size, map and content of one image file. */
public final class OracleComparison {
  private static final int PIECE = 1 << 20;

  private OracleComparison() {}

  /** Fails unless all three agree. */
  public static void assertSame(String format, Path file, String description) {
    try (DiskImage image = open(format, file)) {
      assertThat(image.virtualSize())
          .as("%s: virtual size", description)
          .isEqualTo(QemuImg.info(format, file).get("virtual-size").longValue());
      assertThat(mapOf(image))
          .as("%s: map", description)
          .containsExactlyElementsOf(QemuImg.map(format, file));
      assertSameContent(format, file, image, description);
    } catch (IOException failure) {
      throw new UncheckedIOException(description, failure);
    }
  }

  private static DiskImage open(String format, Path file) throws IOException {
    LocalImageInput input = LocalImageInput.open(file);
    try {
      return ImageFormats.byName(format).orElseThrow().open(input, OpenOptions.of(Purpose.READ));
    } catch (IOException | RuntimeException failure) {
      input.close();
      throw failure;
    }
  }

  /** The driver's map in the terms of {@code qemu-img map}. */
  public static List<QemuImg.MapRun> mapOf(DiskImage image) throws IOException {
    List<QemuImg.MapRun> result = new ArrayList<>();
    ExtentCursor runs = new MergedExtents(image.extents(0, image.virtualSize(), new IoCounters()));
    while (runs.next()) {
      if (runs.failure() != null) {
        throw runs.failure();
      }
      int flags = runs.flags();
      result.add(
          new QemuImg.MapRun(
              runs.offset(),
              runs.length(),
              runs.depth(),
              (flags & ExtentCursor.ALLOCATED) != 0,
              (flags & ExtentCursor.ZERO) != 0,
              (flags & ExtentCursor.DATA) != 0,
              (flags & ExtentCursor.OFFSET) != 0 ? runs.hostOffset() : null));
    }
    return result;
  }

  private static void assertSameContent(
      String format, Path file, DiskImage image, String description) throws IOException {
    Path raw = file.resolveSibling(file.getFileName() + ".converted");
    QemuImg.convertToRaw(format, file, raw);
    byte[] ours = new byte[PIECE];
    try (InputStream expected = new BufferedInputStream(Files.newInputStream(raw));
        ImageContent content = new ImageContent(image, new IoCounters())) {
      long size = image.virtualSize();
      assertThat(Files.size(raw)).as("%s: converted size", description).isEqualTo(size);
      for (long at = 0; at < size; at += PIECE) {
        int length = (int) Math.min(PIECE, size - at);
        content.read(at, ours, 0, length);
        byte[] theirs = expected.readNBytes(length);
        int mismatch = Arrays.mismatch(ours, 0, length, theirs, 0, theirs.length);
        assertThat(mismatch)
            .as("%s: first different byte behind guest offset %d", description, at)
            .isEqualTo(-1);
      }
    } finally {
      Files.deleteIfExists(raw);
    }
  }
}
