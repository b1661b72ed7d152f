package io.diskimage.format.oracle.damage;

import io.diskimage.format.ImageFormat;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.oracle.ImageRecipe;
import io.diskimage.format.oracle.ImageRecipe.Base;
import io.diskimage.format.oracle.ImageRecipe.Bitmap;
import io.diskimage.format.oracle.ImageRecipe.Commands;
import io.diskimage.format.oracle.ImageRecipe.CompressedCopy;
import io.diskimage.format.oracle.ImageRecipe.Snapshot;
import io.diskimage.format.oracle.ImageRecipe.Step;
import io.diskimage.format.vdi.VdiLayer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPInputStream;

/** Small images in good order, of every kind that a driver tells from others. */
public final class MutantSeeds {
  /** Drivers that mutants are made for. */
  public static final List<String> FORMATS =
      List.of("qcow2", "parallels", "vpc", "vdi", "parallels-bundle");

  private static final long KIB = 1 << 10;
  private static final long MIB = 1 << 20;
  private static final Commands WRITES =
      new Commands(
          List.of(
              "write -q -P 7 0 4k",
              "write -q -P 8 9k 6k",
              "write -q -z 20k 4k",
              "write -q -P 9 40k 512"));
  private static final Commands MORE = new Commands(List.of("write -q -P 10 2k 9k"));

  private final Path directory;
  private final List<Mutator> mutators = new ArrayList<>();

  private MutantSeeds(Path directory) {
    this.directory = directory;
  }

  /**
   * The images of a driver.
   *
   * @param directory exists and is empty; what images refer to stays in it
   */
  static List<Mutator> of(String format, Path directory) throws IOException {
    MutantSeeds seeds = new MutantSeeds(directory);
    switch (format) {
      case "qcow2" -> seeds.qcow2();
      case "parallels" -> seeds.parallels();
      case "vpc" -> seeds.vpc();
      case "vdi" -> seeds.vdi();
      default -> seeds.bundles();
    }
    return seeds.mutators;
  }

  /** Writes the images of a driver into a directory, each under a name of its own. */
  public static void write(String format, Path directory, Path target) throws IOException {
    int number = 0;
    for (Mutator each : of(format, directory)) {
      each.bytes().writeTo(target.resolve("seed-" + number++));
    }
  }

  private void qcow2() throws IOException {
    qcow2("v2", "compat=v2,cluster_size=512", null, WRITES, new Snapshot("s1"), MORE);
    qcow2("v3", "cluster_size=4k", null, WRITES, new Snapshot("s1"), MORE, new Snapshot("s2"));
    qcow2("backing", "cluster_size=4k", new Base(48 * KIB, List.of(WRITES)), MORE);
    qcow2("bitmaps", "cluster_size=4k", null, WRITES, new Bitmap("b1", 512), MORE);
    qcow2("extended", "cluster_size=16k,extended_l2=on", null, WRITES, new Snapshot("s1"), MORE);
    qcow2("deflate", "cluster_size=4k", null, WRITES, new CompressedCopy());
    qcow2("zstd", "cluster_size=4k,compression_type=zstd", null, WRITES, new CompressedCopy());
    qcow2("bits", "cluster_size=512,refcount_bits=1", null, WRITES);
    qcow2("wide", "cluster_size=1k,refcount_bits=64", null, WRITES, new Snapshot("s1"));
    qcow2("lazy", "cluster_size=64k,lazy_refcounts=on", null, WRITES);
    qcow2("data", "cluster_size=4k,data_file=" + ImageRecipe.DIRECTORY + "/d", null, WRITES);
    qcow2("aes", "cluster_size=512,encrypt.key-secret=key,encrypt.format=aes", null, WRITES);
    qcow2(
        "luks",
        "cluster_size=4k,encrypt.key-secret=key,encrypt.format=luks,encrypt.iter-time=10",
        null,
        WRITES);
  }

  private void qcow2(String name, String options, Base base, Step... steps) throws IOException {
    ImageBytes bytes = build(name, "qcow2", options, 64 * KIB, base, steps);
    Qcow2Layout layout = new Qcow2Layout(bytes);
    Layout whole =
        layout
            .field("extension 0x0537be77 offset")
            .<Layout>map(field -> new LuksLayout(layout, field.value(bytes, 0)))
            .orElse(layout);
    mutators.add(new FieldMutator(driver("qcow2"), name, bytes, whole));
  }

  private ImageBytes build(
      String name, String format, String options, long size, Base base, Step... steps) {
    return BaseImage.build(
            new ImageRecipe(name, 0, format, options, size, base, List.of(steps)), directory)
        .bytes();
  }

  /** Which of them are of version 1 or have an extension, {@link ParallelsVariants} decides. */
  private void parallels() {
    for (String cluster : List.of("512", "1536", "4k", "32256", "64k")) {
      for (int i = 0; i < 3; i++) {
        String name = "parallels " + cluster + " " + i;
        ImageBytes bytes =
            build(name, "parallels", "cluster_size=" + cluster, 64 * KIB, null, WRITES);
        mutators.add(
            new FieldMutator(driver("parallels"), name, bytes, new ParallelsLayout(bytes)));
      }
    }
  }

  private void vpc() throws IOException {
    vpc("dynamic", build("dynamic", "vpc", "", 5 * MIB, null, WRITES));
    vpc("fixed", build("fixed", "vpc", "subformat=fixed", 64 * KIB, null, WRITES));
    for (String name :
        List.of(
            "win8-dynamic-40M.vhd",
            "win10-differencing-child-of-win8.vhd",
            "xapi-dynamic-40M.vhd")) {
      vpc(name, ImageBytes.of(resource("vhd/" + name), ByteOrder.BIG_ENDIAN));
    }
  }

  private void vpc(String name, ImageBytes bytes) {
    mutators.add(new FieldMutator(driver("vpc"), name, bytes, new VhdLayout(bytes)));
  }

  private void vdi() throws IOException {
    vdi("dynamic", build("dynamic", "vdi", "", 5 * MIB, null, WRITES));
    vdi("static", build("static", "vdi", "static=on", 2 * MIB, null, WRITES));
    String name = "vbox5-dynamic-4M.vdi.gz";
    vdi(name, ImageBytes.of(resource("vdi/" + name), ByteOrder.LITTLE_ENDIAN));
    vdi("child", ImageBytes.of(vdiChild(), ByteOrder.LITTLE_ENDIAN));
  }

  private void vdi(String name, ImageBytes bytes) {
    mutators.add(new FieldMutator(driver("vdi"), name, bytes, new VdiLayout(bytes)));
  }

  /** Of a parent that is shorter; {@code qemu-img} writes none. */
  private static byte[] vdiChild() {
    Random random = new Random(0);
    VdiLayer parent = VdiLayer.disk(random, 2 << 20, 1 << 20, 0);
    parent.write(random, 4);
    VdiLayer child = parent.child(random, 3 << 20, 1 << 20, 0);
    child.write(random, 4);
    return child.file();
  }

  private void bundles() throws IOException {
    String real = new String(resource("parallels/DiskDescriptor.xml"), StandardCharsets.UTF_8);
    mutators.add(new DescriptorMutator(driver("parallels-bundle"), "real", real));
    mutators.add(new DescriptorMutator(driver("parallels-bundle"), "split", splitBundle()));
  }

  /** Two split parts with two layers each. */
  private static String splitBundle() {
    String top = "{5fbaabe3-6958-40ff-92a7-860e329aab41}";
    String base = "{00000001-1111-2222-3333-444444444444}";
    StringBuilder parts = new StringBuilder();
    for (int part = 0; part < 2; part++) {
      parts
          .append("<Storage><Start>" + 64 * part + "</Start><End>" + 64 * (part + 1) + "</End>")
          .append("<Blocksize>2048</Blocksize>")
          .append(image(base, "Compressed", "base" + part))
          .append(image(top, "Compressed", "top" + part))
          .append("</Storage>");
    }
    return "<?xml version='1.0' encoding='UTF-8'?>\n<Parallels_disk_image Version=\"1.0\">"
        + "<Disk_Parameters><Disk_size>128</Disk_size></Disk_Parameters><StorageData>"
        + parts
        + "</StorageData><Snapshots><TopGUID>"
        + top
        + "</TopGUID>"
        + shot(base, "{00000000-0000-0000-0000-000000000000}")
        + shot(top, base)
        + "</Snapshots></Parallels_disk_image>";
  }

  private static String image(String guid, String type, String file) {
    return "<Image><GUID>%s</GUID><Type>%s</Type><File>%s.hds</File></Image>"
        .formatted(guid, type, file);
  }

  private static String shot(String guid, String parent) {
    return "<Shot><GUID>%s</GUID><ParentGUID>%s</ParentGUID></Shot>".formatted(guid, parent);
  }

  private static ImageFormat driver(String name) {
    return ImageFormats.byName(name).orElseThrow();
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream stream = MutantSeeds.class.getResourceAsStream("/real-images/" + name)) {
      return name.endsWith(".gz")
          ? new GZIPInputStream(stream).readAllBytes()
          : stream.readAllBytes();
    }
  }
}
