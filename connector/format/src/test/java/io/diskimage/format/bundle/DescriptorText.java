package io.diskimage.format.bundle;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Composes descriptors by parallels-bundle.md section 2. */
final class DescriptorText {
  static final String TOP = "{5fbaabe3-6958-40ff-92a7-860e329aab41}";
  static final String NO_PARENT = "{00000000-0000-0000-0000-000000000000}";

  private DescriptorText() {}

  /** A guid to tell layers apart by. */
  static String guid(int number) {
    return String.format(Locale.ROOT, "{%08x-1111-2222-3333-444444444444}", number);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** A descriptor of the product's form around storages and snapshots. */
  static String descriptor(long sectors, String storages, String snapshots) {
    return "<?xml version='1.0' encoding='UTF-8'?>\n<Parallels_disk_image Version=\"1.0\">"
        + ("<Disk_Parameters><Disk_size>" + sectors + "</Disk_size></Disk_Parameters>")
        + ("<StorageData>" + storages + "</StorageData>")
        + ("<Snapshots>" + snapshots + "</Snapshots></Parallels_disk_image>");
  }

  static String storage(long start, long end, String... images) {
    return "<Storage><Start>"
        + start
        + "</Start><End>"
        + end
        + "</End><Blocksize>2048</Blocksize>"
        + String.join("", images)
        + "</Storage>";
  }

  static String image(String guid, String type, String file) {
    return "<Image><GUID>" + guid + "</GUID>" + type(type) + "<File>" + file + "</File></Image>";
  }

  private static String type(String type) {
    return "<Type>" + type + "</Type>";
  }

  static String shot(String guid, String parent) {
    return "<Shot><GUID>" + guid + "</GUID><ParentGUID>" + parent + "</ParentGUID></Shot>";
  }

  /** One storage file without snapshots below it. */
  static String simple() {
    return descriptor(
        65536,
        storage(0, 65536, image(TOP, "Compressed", "disk.hdd.0." + TOP + ".hds")),
        shot(TOP, NO_PARENT));
  }
}
