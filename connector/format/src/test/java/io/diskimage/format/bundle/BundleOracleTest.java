package io.diskimage.format.bundle;

import static io.diskimage.format.bundle.DescriptorText.NO_PARENT;
import static io.diskimage.format.bundle.DescriptorText.guid;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ImageContent;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.MergedExtents;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.ReferenceGate;
import io.diskimage.format.oracle.QemuImg;
import io.diskimage.format.oracle.QemuImg.MapRun;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Storage files that QEMU made and wrote. It knows no bundles, but takes a layer below a file when
 * it is told of one (parallels-bundle.md section 4).
 */
class BundleOracleTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String[] CLUSTERS = {"512", "4096", "32256", "65536", "1M"};

  @TempDir private Path folder;

  @BeforeEach
  void needsTheOracle() {
    QemuImg.requireOrSkip();
  }

  @Test
  void agreesOnTheLayersOfEverySegment() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 6; i++) {
      int[] sectors = random.ints(1 + random.nextInt(3), 1, 3000).toArray();
      int layers = 1 + random.nextInt(3);
      makeFiles(random, sectors, layers);
      Path descriptor = folder.resolve("DiskDescriptor.xml");
      Files.write(descriptor, DescriptorText.bytes(text(sectors, layers)));
      ReferenceGate gate =
          (from, reference) -> LocalImageInput.open(folder.resolve(reference.target()));
      OpenOptions options = OpenOptions.of(Purpose.READ).withReferences(gate);
      ImageInput input = LocalImageInput.open(descriptor);
      try (input;
          DiskImage image = new BundleFormat().open(input, options)) {
        for (int top = 0; top < layers; top++) {
          String what = "layer " + top + " of bundle " + i + ", seed " + seed;
          assertSame(image.at(guid(top + 1)), sectors, top, what);
        }
      }
    }
  }

  /** Layers are written one after the other, each over those below it. */
  private void makeFiles(Random random, int[] sectors, int layers) throws IOException {
    for (int part = 0; part < sectors.length; part++) {
      long size = 512L * sectors[part];
      Path root = folder.resolve(name(part, 0));
      Files.deleteIfExists(root);
      if (isPlain(part)) {
        byte[] content = new byte[(int) size];
        random.nextBytes(content);
        Files.write(root, content);
      }
      for (int layer = isPlain(part) ? 1 : 0; layer < layers; layer++) {
        Path file = folder.resolve(name(part, layer));
        Files.deleteIfExists(file);
        String cluster = CLUSTERS[random.nextInt(CLUSTERS.length)];
        QemuImg.create("parallels", "cluster_size=" + cluster, file, String.valueOf(size));
        List<String> writes = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
          long from = 512 * random.nextLong(sectors[part]);
          long length = 1 + random.nextLong(Math.min(size - from, 200_000));
          writes.add("write -q -P " + (1 + random.nextInt(255)) + " " + from + " " + length);
        }
        if (!writes.isEmpty()) {
          QemuImg.io(List.of(chain(part, layer)), writes);
        }
      }
    }
  }

  private static boolean isPlain(int part) {
    return part == 1;
  }

  private static String name(int part, int layer) {
    return "disk.hdd." + part + "." + layer + ".hds";
  }

  /** A layer over those below it, as QEMU takes them. */
  private String chain(int part, int layer) {
    String below =
        layer == 0 ? "" : ",\"backing\":" + chain(part, layer - 1).substring("json:".length());
    String driver = layer == 0 && isPlain(part) ? "raw" : "parallels";
    return "json:{\"driver\":\"%s\",\"file\":{\"driver\":\"file\",\"filename\":\"%s\"}%s}"
        .formatted(driver, folder.resolve(name(part, layer)), below);
  }

  private static String text(int[] sectors, int layers) {
    StringBuilder storages = new StringBuilder();
    long start = 0;
    for (int part = 0; part < sectors.length; part++) {
      String[] images = new String[layers];
      for (int layer = 0; layer < layers; layer++) {
        String type = layer == 0 && isPlain(part) ? "Plain" : "Compressed";
        images[layer] = DescriptorText.image(guid(layer + 1), type, name(part, layer));
      }
      storages.append(DescriptorText.storage(start, start + sectors[part], images));
      start += sectors[part];
    }
    StringBuilder shots = new StringBuilder();
    for (int layer = 0; layer < layers; layer++) {
      shots.append(DescriptorText.shot(guid(layer + 1), layer == 0 ? NO_PARENT : guid(layer)));
    }
    return DescriptorText.descriptor(start, storages.toString(), shots.toString());
  }

  private void assertSame(DiskImage image, int[] sectors, int top, String what) throws IOException {
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    long start = 0;
    for (int part = 0; part < sectors.length; part++) {
      Path content = folder.resolve("content");
      QemuImg.run("convert", "-O", "raw", chain(part, top), content.toString());
      expected.write(Files.readAllBytes(content));
      long end = start + 512L * sectors[part];
      assertThat(runs(image, start, end))
          .as("runs of part %d, %s", part, what)
          .containsExactlyElementsOf(map(part, top, start));
      start = end;
    }
    byte[] ours = new byte[(int) image.virtualSize()];
    try (ImageContent reader = new ImageContent(image, new IoCounters())) {
      reader.read(0, ours, 0, ours.length);
    }
    assertThat(ours).as(what).isEqualTo(expected.toByteArray());
  }

  private List<MapRun> map(int part, int top, long start) throws IOException {
    List<MapRun> runs = new ArrayList<>();
    for (JsonNode run : JSON.readTree(QemuImg.run("map", "--output=json", chain(part, top)))) {
      runs.add(
          new MapRun(
              start + run.get("start").longValue(),
              run.get("length").longValue(),
              run.get("depth").intValue(),
              run.get("present").booleanValue(),
              run.get("zero").booleanValue(),
              run.get("data").booleanValue(),
              run.has("offset") ? run.get("offset").longValue() : null));
    }
    return runs;
  }

  private static List<MapRun> runs(DiskImage image, long from, long to) throws IOException {
    List<MapRun> runs = new ArrayList<>();
    ExtentCursor cursor = new MergedExtents(image.extents(from, to, new IoCounters()));
    while (cursor.next()) {
      int flags = cursor.flags();
      runs.add(
          new MapRun(
              cursor.offset(),
              cursor.length(),
              cursor.depth(),
              (flags & ExtentCursor.ALLOCATED) != 0,
              (flags & ExtentCursor.ZERO) != 0,
              (flags & ExtentCursor.DATA) != 0,
              (flags & ExtentCursor.OFFSET) != 0 ? cursor.hostOffset() : null));
    }
    return runs;
  }
}
