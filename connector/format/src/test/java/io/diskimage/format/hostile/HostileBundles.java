package io.diskimage.format.hostile;

import static io.diskimage.format.hostile.HostileImage.Deed.DESCRIBE;

import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageException;
import io.diskimage.format.LimitExceededException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Descriptors of Parallels bundles that are more than they seem. */
final class HostileBundles {
  private static final String FILE = "disk.hds";
  private static final String ROOT = "<Parallels_disk_image";

  private HostileBundles() {}

  static List<HostileImage> all() {
    String good = SmallImages.descriptor(FILE);
    List<HostileImage> images = new ArrayList<>();
    StringBuilder bomb = new StringBuilder("<!DOCTYPE x [<!ENTITY a0 'ha'>");
    for (int i = 1; i < 30; i++) {
      bomb.append("<!ENTITY a" + i + " '" + ("&a" + (i - 1) + ";").repeat(10) + "'>");
    }
    String noParser = "Could not read DiskDescriptor.xml";
    images.add(
        bundle("entity-bomb", good.replace(ROOT, bomb + "]>" + ROOT).replace(FILE, "&a29;"))
            .refused(DESCRIBE, CorruptImageException.class, noParser));
    String external = "<!DOCTYPE x [<!ENTITY f SYSTEM 'file:///etc/hostname'>]>";
    images.add(
        bundle("external-entity", good.replace(ROOT, external + ROOT).replace(FILE, "&f;"))
            .refused(DESCRIBE, CorruptImageException.class, noParser));
    String parameter = "<!DOCTYPE x [<!ENTITY % f SYSTEM 'http://127.0.0.1:9/x.dtd'>%f;]>";
    images.add(
        bundle("external-parameter-entity", good.replace(ROOT, parameter + ROOT))
            .refused(DESCRIBE, CorruptImageException.class, noParser));
    String type = "<!DOCTYPE x SYSTEM 'http://127.0.0.1:9/x.dtd'>";
    images.add(
        bundle("external-document-type", good.replace(ROOT, type + ROOT))
            .refused(DESCRIBE, CorruptImageException.class, noParser));
    images.add(
        bundle("more-than-a-mebibyte", good + " ".repeat(1 << 20))
            .refused(DESCRIBE, LimitExceededException.class, "limit xmlBytes"));
    images.add(
        bundle("nested-100000-deep", good.replace("<StorageData>", "<x>".repeat(100_000)))
            .refused(DESCRIBE, CorruptImageException.class, "nested deeper than 10"));
    images.add(
        bundle("attributes-without-end", good.replace("<StorageData>", attributes()))
            .refused(DESCRIBE, ImageException.class, ""));
    images.add(
        bundle("range-of-2^64", good.replace("<End>64<", "<End>18446744073709551680<"))
            .refused(DESCRIBE, CorruptImageException.class, "bad value"));
    images.add(
        bundle("size-of-2^55-sectors", good.replace(">64<", ">36028797018963968<"))
            .refused(DESCRIBE, CorruptImageException.class, "bad value"));
    images.add(
        bundle("range-that-ends-before-it-starts", good.replace("<Start>0<", "<Start>65<"))
            .refused(DESCRIBE, CorruptImageException.class, "do not cover the disk"));
    images.add(
        bundle("layer-that-is-its-own-parent", good.replaceAll("\\{0{8}-[-0]*}", guid()))
            .refused(DESCRIBE, CorruptImageException.class, "Snapshot chain contains a loop"));
    images.add(
        bundle(
                "top-that-is-no-layer",
                good.replace("<Shot>", "<TopGUID>" + zeros() + "</TopGUID><Shot>"))
            .refused(DESCRIBE, CorruptImageException.class, "not found in the disk descriptor"));
    return images;
  }

  private static String guid() {
    return "{5fbaabe3-6958-40ff-92a7-860e329aab41}";
  }

  private static String zeros() {
    return "{00000000-0000-0000-0000-000000000000}";
  }

  private static String attributes() {
    StringBuilder element = new StringBuilder("<StorageData");
    for (int i = 0; i < 50_000; i++) {
      element.append(" a").append(i).append("=''");
    }
    return element + ">";
  }

  private static HostileImage bundle(String name, String text) {
    String top = "DiskDescriptor.xml";
    Map<String, byte[]> files = Map.of(top, SmallImages.ascii(text), FILE, SmallImages.parallels());
    return new HostileImage("bundle-" + name, top, files, Map.of(), DESCRIBE, null, null);
  }
}
