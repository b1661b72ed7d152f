package io.diskimage.format.hostile;

import static io.diskimage.format.hostile.HostileImage.Deed.DESCRIBE;
import static io.diskimage.format.hostile.HostileImage.Deed.FOLLOW;

import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.LimitExceededException;
import io.diskimage.format.ReferenceDeniedException;
import io.diskimage.format.ReferenceMissingException;
import io.diskimage.format.UnsupportedImageException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Images that name what they should not. */
final class HostileReferences {
  private static final int BITS = 9;
  private static final int LONG_NAME_BITS = 12;
  private static final int LONGEST_NAME = 1023;
  private static final int MOST_LAYERS_BELOW = 64;

  private HostileReferences() {}

  static List<HostileImage> all() {
    List<HostileImage> images = new ArrayList<>();
    loops(images);
    outside(images);
    protocols(images);
    chains(images);
    otherFormats(images);
    return images;
  }

  private static HostileImage over(String name, String backing, String format) {
    return HostileImage.of(name, "qcow2", SmallImages.overlay(BITS, backing, format));
  }

  private static void loops(List<HostileImage> images) {
    String back = "backing chain comes back to";
    images.add(
        over("self-loop", "self-loop.qcow2", "qcow2")
            .refused(FOLLOW, CorruptImageException.class, back));
    images.add(
        over("self-loop-by-another-spelling", "./self-loop-by-another-spelling.qcow2", "qcow2")
            .refused(FOLLOW, CorruptImageException.class, back));
    images.add(
        over("mutual-loop", "other.qcow2", "qcow2")
            .beside("other.qcow2", SmallImages.overlay(BITS, "mutual-loop.qcow2", "qcow2"))
            .refused(FOLLOW, CorruptImageException.class, back));
    images.add(
        over("loop-below-the-top", "one.qcow2", "qcow2")
            .beside("one.qcow2", SmallImages.overlay(BITS, "two.qcow2", "qcow2"))
            .beside("two.qcow2", SmallImages.overlay(BITS, "one.qcow2", "qcow2"))
            .refused(FOLLOW, CorruptImageException.class, back));
    images.add(
        over("self-loop-through-a-link", "link.qcow2", "qcow2")
            .link("link.qcow2", "self-loop-through-a-link.qcow2")
            .refused(FOLLOW, ImageException.class, ""));
    images.add(
        over("link-to-itself", "link.qcow2", "qcow2")
            .link("link.qcow2", "link.qcow2")
            .refused(FOLLOW, ImageException.class, ""));
  }

  private static void outside(List<HostileImage> images) {
    for (String[] each :
        new String[][] {
          {"absolute-path", "/etc/hostname"},
          {"parent-directory", "../../outside.raw"},
          {"parent-directory-inside-the-name", "x/../../../outside.raw"},
          {"device", "/dev/zero"},
          {"device-of-the-terminal", "/dev/tty"},
          {"process-file", "/proc/self/environ"},
          {"path-with-two-slashes", "//etc/hostname"},
        }) {
      images.add(over(each[0], each[1], "raw").refused(FOLLOW, ReferenceDeniedException.class, ""));
    }
    images.add(
        over("link-to-the-outside", "link.raw", "raw")
            .link("link.raw", "/etc/hostname")
            .refused(FOLLOW, ReferenceDeniedException.class, ""));
    images.add(
        over("link-up-and-outside", "link.raw", "raw")
            .link("link.raw", "../../../outside.raw")
            .refused(FOLLOW, ImageException.class, ""));
  }

  private static void protocols(List<HostileImage> images) {
    for (String[] each :
        new String[][] {
          {"json", "json:{\"driver\":\"file\",\"filename\":\"/etc/hostname\"}"},
          {"json-of-a-socket", "json:{\"driver\":\"nbd\",\"host\":\"127.0.0.1\"}"},
          {"nbd", "nbd://127.0.0.1:10809/disk"},
          {"nbd-of-a-unix-socket", "nbd:unix:/run/nbd.sock"},
          {"http", "http://127.0.0.1:9/disk.raw"},
          {"https", "https://127.0.0.1:9/disk.raw"},
          {"ssh", "ssh://root@127.0.0.1/disk.raw"},
          {"file-url", "file:///etc/hostname"},
          {"file-without-slashes", "file:outside.raw"},
          {"other-store", "s3a://bucket/disk.raw"},
          {"blkdebug", "blkdebug::/etc/hostname"},
        }) {
      images.add(
          over("protocol-" + each[0], each[1], "raw")
              .refused(FOLLOW, ReferenceDeniedException.class, ""));
    }
  }

  private static void chains(List<HostileImage> images) {
    images.add(
        deep("depth-65", MOST_LAYERS_BELOW + 1)
            .refused(FOLLOW, LimitExceededException.class, "limit chainDepth"));
    images.add(deep("depth-64", MOST_LAYERS_BELOW).bounded(FOLLOW));
    images.add(
        over("format-not-recorded", "plain.raw", null)
            .beside("plain.raw", SmallImages.qcow2(BITS))
            .refused(FOLLOW, UnsupportedImageException.class, "has no recorded format"));
    images.add(
        over("format-unknown", "disk.vmdk", "vmdk")
            .refused(FOLLOW, UnsupportedImageException.class, "unknown format 'vmdk'"));
    images.add(
        over("missing", "not-there.qcow2", "qcow2")
            .refused(FOLLOW, ReferenceMissingException.class, ""));
    images.add(over("directory", ".", "raw").refused(FOLLOW, ImageException.class, ""));
    images.add(over("name-with-nul", "a\0b.raw", "raw").refused(FOLLOW, ImageException.class, ""));
    images.add(
        over("name-with-line-breaks", "a\n\r\u2028b.raw", "raw")
            .refused(FOLLOW, ReferenceMissingException.class, ""));
    images.add(
        HostileImage.of(
                "longest-name",
                "qcow2",
                SmallImages.overlay(LONG_NAME_BITS, "x".repeat(LONGEST_NAME), "raw"))
            .refused(FOLLOW, ImageException.class, ""));
    byte[] tooLong = SmallImages.overlay(LONG_NAME_BITS, "x".repeat(LONGEST_NAME), "raw");
    ImagePatch.bigEndian(tooLong).u32(16, LONGEST_NAME + 1);
    images.add(
        HostileImage.of("name-too-long", "qcow2", tooLong)
            .refused(DESCRIBE, CorruptImageException.class, "Backing file name too long"));
  }

  /** A chain with so many layers below the top. */
  private static HostileImage deep(String name, int below) {
    HostileImage image = over(name, "1.qcow2", "qcow2");
    for (int i = 1; i < below; i++) {
      String next = (i + 1) + ".qcow2";
      image = image.beside(i + ".qcow2", SmallImages.overlay(BITS, next, "qcow2"));
    }
    return image.beside(below + ".qcow2", SmallImages.qcow2(BITS));
  }

  private static void otherFormats(List<HostileImage> images) {
    for (String[] each :
        new String[][] {
          {"W2ku", "C:\\Windows\\System32\\config\\SAM"},
          {"W2ku", "\\\\server\\share\\disk.vhd"},
          {"W2ru", ".\\..\\..\\..\\..\\outside.vhd"},
          {"MacX", "file://localhost/etc/hostname"},
          {"MacX", "http://127.0.0.1:9/disk.vhd"},
          {"W2ru", ""},
          {"Wi2r", "outside"},
        }) {
      boolean wide = each[0].startsWith("W2");
      byte[] name = each[1].getBytes(wide ? StandardCharsets.UTF_16LE : StandardCharsets.US_ASCII);
      images.add(
          HostileImage.of(
                  "locator-%s-%d".formatted(each[0], images.size()),
                  "vhd",
                  SmallImages.vhdChild(each[0], name))
              .refused(FOLLOW, ImageException.class, ""));
    }
    byte[] own = SmallImages.vhdChild("W2ru", ".\\own.vhd".getBytes(StandardCharsets.UTF_16LE));
    // Its own id as that of its parent.
    System.arraycopy(own, 68, own, SmallImages.VHD_HEADER + 40, 16);
    images.add(
        new HostileImage(
            "vhd-that-is-its-own-parent",
            "own.vhd",
            Map.of("own.vhd", SmallImages.signed(own)),
            Map.of(),
            FOLLOW,
            ImageException.class,
            ""));
    byte[] vdi = SmallImages.vdi();
    ImagePatch.littleEndian(vdi)
        .u32(0x4c, 4)
        .bytes(0x1a8, Arrays.copyOfRange(vdi, 0x188, 0x198))
        .bytes(0x1b8, Arrays.copyOfRange(vdi, 0x188, 0x198));
    images.add(
        HostileImage.of("vdi-that-is-its-own-parent", "vdi", vdi)
            .refused(FOLLOW, ImageException.class, ""));
    for (String file : new String[] {"/etc/hostname", "../../outside.hds", "http://h/a.hds"}) {
      String name = "bundle-" + file.replaceAll("\\W+", "-").replaceAll("^-|-$", "");
      images.add(
          new HostileImage(
              name,
              "DiskDescriptor.xml",
              Map.of("DiskDescriptor.xml", SmallImages.ascii(SmallImages.descriptor(file))),
              Map.of(),
              FOLLOW,
              ImageException.class,
              ""));
    }
    byte[] data =
        SmallImages.qcow2Extended(BITS, 0x44415441L, 13, SmallImages.ascii("/etc/hostname"));
    ImagePatch.bigEndian(data).u64(72, 4);
    images.add(
        HostileImage.of("data-file-outside", "qcow2", data)
            .refused(FOLLOW, ImageException.class, ""));
  }
}
