package io.diskimage.format.bundle;

import static io.diskimage.format.bundle.DescriptorText.NO_PARENT;
import static io.diskimage.format.bundle.DescriptorText.TOP;
import static io.diskimage.format.bundle.DescriptorText.bytes;
import static io.diskimage.format.bundle.DescriptorText.descriptor;
import static io.diskimage.format.bundle.DescriptorText.guid;
import static io.diskimage.format.bundle.DescriptorText.image;
import static io.diskimage.format.bundle.DescriptorText.shot;
import static io.diskimage.format.bundle.DescriptorText.simple;
import static io.diskimage.format.bundle.DescriptorText.storage;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageFormatContract;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.ImageInfo;
import io.diskimage.format.IoCounters;
import io.diskimage.format.NotAnImageException;
import io.diskimage.format.Purpose;
import io.diskimage.format.Reference;
import io.diskimage.format.SampleImage;
import io.diskimage.format.UnreadableImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class BundleFormatTest extends ImageFormatContract {
  private static final String TOP_ID = "5fbaabe3-6958-40ff-92a7-860e329aab41";

  @Override
  protected String formatName() {
    return "parallels-bundle";
  }

  @Override
  protected List<SampleImage> samples() {
    return List.of();
  }

  @Override
  protected List<UnreadableImage> unreadable() {
    return List.of(
        new UnreadableImage(
            "encrypted",
            with("<Encryption><Engine>" + guid(1) + "</Engine></Encryption>"),
            "Encrypted Parallels disks are not supported"),
        new UnreadableImage(
            "key",
            with("<Encryption><KeyId>secret</KeyId></Encryption>"),
            "Encrypted Parallels disks are not supported"),
        new UnreadableImage(
            "padding",
            with("<Padding>1</Padding>"),
            "Parallels disks with padding are not supported"),
        new UnreadableImage(
            "sectors of 4096 bytes",
            with("<LogicSectorSize>4096</LogicSectorSize>"),
            "Parallels disks with sectors of 4096 bytes are not supported"),
        new UnreadableImage(
            "too large",
            bytes(simple().replace("65536", Long.toString((1L << 53) + 1))),
            "Parallels disks of more than 9007199254740992 sectors are not supported"),
        new UnreadableImage(
            "clone",
            bytes(
                simple()
                    .replace(
                        "</StorageData>",
                        "<Volume><Parent>../base.hdd</Parent></Volume></StorageData>")),
            "Parallels disks that continue another bundle ('../base.hdd') are not supported"),
        new UnreadableImage(
            "unknown type",
            bytes(simple().replace("Compressed", "Other")),
            "Parallels storage files of type 'Other' are not supported"));
  }

  @Override
  protected HeaderSpan headerSpan(byte[] file) {
    return new HeaderSpan(file.length, 0);
  }

  private static byte[] with(String parameter) {
    return bytes(simple().replace("</Disk_size>", "</Disk_size>" + parameter));
  }

  private static String split() {
    return descriptor(
        100,
        storage(40, 100, image(guid(7), "Plain", "b.hds"))
            + storage(0, 40, image(guid(7), "Plain", "a.hds")),
        "");
  }

  @Test
  void describesTheDescriptorOfTheProduct() throws IOException {
    byte[] file = real();
    try (DiskImage image = open(file, Purpose.INFO)) {
      ImageInfo info = image.info();
      assertThat(info.formatVersion()).isEqualTo("1.0");
      assertThat(info.virtualSize()).isEqualTo(32 << 20);
      assertThat(info.clusterSize()).isEqualTo(1 << 20);
      assertThat(info.imageId()).isEqualTo("18162a18-c23a-4f90-8a9d-b7c93a4ef2a6");
      assertThat(info.encrypted()).isFalse();
      assertThat(info.features()).containsExactly("compressed storage");
      assertThat(info.header())
          .containsEntry("root", "Parallels_disk_image")
          .containsEntry("version", "1.0")
          .containsEntry("disk_size", "65536")
          .containsEntry("cylinders", "128")
          .containsEntry("physical_sector_size", "4096")
          .containsEntry("name", "hfsplus")
          .containsEntry("uid", "{18162a18-c23a-4f90-8a9d-b7c93a4ef2a6}")
          .containsEntry("compat_level", "level2")
          .containsEntry("dup_blocks_cnt", "0")
          .containsEntry("corrupt_blocks_cnt", "0")
          .containsEntry("unref_blocks_cnt", "0")
          .containsEntry("out_of_disk_blocks_cnt", "0")
          .containsEntry("bat_overlap_blocks_cnt", "0")
          .containsEntry("truncated_blocks_cnt", "0")
          .containsEntry("segments", "1")
          .containsEntry("shots", "1")
          .containsEntry("layers", "1")
          .containsEntry("top_guid", TOP_ID);
      assertThat(image.references(new IoCounters()))
          .containsExactly(
              new Reference(
                  "storage image", "hfsplus.hdd.0.{" + TOP_ID + "}.hds", "parallels", TOP_ID));
      assertThat(image.bitmaps(new IoCounters())).isEmpty();
      assertThat(image.snapshots()).isEmpty();
    }
  }

  @Test
  void isDetectedByNameAndRootElement() throws IOException {
    byte[] file = real();
    assertThat(detected("DiskDescriptor.xml", file)).isEqualTo("parallels-bundle");
    assertThat(detected("DiskDescriptor.xml", simple().getBytes(StandardCharsets.UTF_16)))
        .isEqualTo("parallels-bundle");
    assertThatThrownBy(() -> detected("DiskDescriptor.xml.Backup", file))
        .as("a copy is no second disk")
        .isInstanceOf(NotAnImageException.class);
    assertThatThrownBy(() -> detected("DiskDescriptor.xml", bytes("plain text")))
        .isInstanceOf(NotAnImageException.class);
  }

  private static String detected(String name, byte[] file) throws IOException {
    return ImageFormats.detect(
            new BytesImageInput("file:/vm/disk.hdd/" + name, file), false, new IoCounters())
        .name();
  }

  @Test
  void readsTheEncodingThatTheDescriptorDeclares() throws IOException {
    String text = simple().replace("UTF-8", "UTF-16").replace("disk.hdd.0.", "диск.");
    try (DiskImage image = open(text.getBytes(StandardCharsets.UTF_16), Purpose.INFO)) {
      assertThat(image.references(new IoCounters()))
          .extracting(Reference::target)
          .containsExactly("диск." + TOP + ".hds");
    }
  }

  @Test
  void listsEveryFileOfASplitDiskInTheOrderOfTheDisk() throws IOException {
    try (DiskImage image = open(bytes(split()), Purpose.INFO)) {
      assertThat(image.virtualSize()).isEqualTo(100 * 512);
      assertThat(image.info().clusterSize()).as("plain files have no clusters").isNull();
      assertThat(image.info().features()).containsExactly("split disk", "plain storage");
      String id = "00000007-1111-2222-3333-444444444444";
      assertThat(image.references(new IoCounters()))
          .containsExactly(
              new Reference("storage image", "a.hds", "raw", id),
              new Reference("storage image", "b.hds", "raw", id));
    }
  }

  @Test
  void listsTheBundleThatACloneContinues() throws IOException {
    String text =
        simple()
            .replace("Parallels_disk_image", "Virtuozzo_disk_image")
            .replace(" Version=\"1.0\"", "")
            .replace(
                "</StorageData>",
                "<Volume><Parent>../base.hdd</Parent><SnapshotGUID>"
                    + guid(9)
                    + "</SnapshotGUID></Volume></StorageData>");
    try (DiskImage image = open(bytes(text), Purpose.INFO)) {
      assertThat(image.info().formatVersion()).isNull();
      assertThat(image.info().features()).containsExactly("compressed storage", "clone");
      assertThat(image.references(new IoCounters()))
          .last()
          .isEqualTo(
              new Reference(
                  "parent bundle",
                  "../base.hdd",
                  "parallels-bundle",
                  "00000009-1111-2222-3333-444444444444"));
    }
  }

  @Test
  void takesLayersFromTheTopThatIsNamed() throws IOException {
    String images =
        storage(
            0,
            8,
            image(guid(1), "Plain", "root"),
            image(guid(2), "Compressed", "middle"),
            image(TOP, "Compressed", "other"));
    String shots = shot(guid(2), guid(1)) + shot(TOP, guid(1)) + shot(guid(1), NO_PARENT);

    assertTop(descriptor(8, images, "<TopGUID>" + guid(2) + "</TopGUID>" + shots), guid(2), 2);
    assertTop(descriptor(8, images, shots), TOP, 2);
    assertTop(descriptor(8, images, shots.replace(shot(TOP, guid(1)), "")), guid(2), 2);
  }

  private void assertTop(String text, String top, int layers) throws IOException {
    try (DiskImage image = open(bytes(text), Purpose.INFO)) {
      assertThat(image.info().header())
          .containsEntry("top_guid", top.substring(1, top.length() - 1))
          .containsEntry("layers", Integer.toString(layers));
    }
  }

  @Test
  void theProductsOwnDamageCountersAreAFeature() throws IOException {
    byte[] file =
        with(
            "<Miscellaneous><DupBlocksCnt>3</DupBlocksCnt><SuspendState>1</SuspendState>"
                + "</Miscellaneous>");
    try (DiskImage image = open(file, Purpose.INFO)) {
      assertThat(image.info().features())
          .containsExactly("compressed storage", "suspended", "damage counters");
      assertThat(image.info().header()).containsEntry("dup_blocks_cnt", "3");
    }
  }

  private static byte[] real() throws IOException {
    try (InputStream stored =
        Objects.requireNonNull(
            BundleFormatTest.class.getResourceAsStream(
                "/real-images/parallels/DiskDescriptor.xml"))) {
      return stored.readAllBytes();
    }
  }
}
