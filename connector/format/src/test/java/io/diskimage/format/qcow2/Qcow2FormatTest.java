package io.diskimage.format.qcow2;

import io.diskimage.format.ImageFormatContract;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.SampleImage;
import java.util.Arrays;
import java.util.List;

/** The contract of every format, for qcow2 images composed field by field. */
class Qcow2FormatTest extends ImageFormatContract {

  @Override
  protected String formatName() {
    return "qcow2";
  }

  @Override
  protected List<SampleImage> samples() {
    return List.of(
        sample("v3", Qcow2Bytes.v3(12, 37 * 4096 + 1536), 37 * 4096 + 1536, true),
        sample("v2", Qcow2Bytes.v2(9, 130 * 512), 130 * 512, false),
        sample("zstd", Qcow2Bytes.v3(12, 20 * 4096).zstd(), 20 * 4096, true),
        new SampleImage("empty", "empty.qcow2", Qcow2Bytes.v3(9, 0).file(), new byte[0]));
  }

  /** Clusters of every kind, stored ones in a row and apart. */
  private static SampleImage sample(String name, Qcow2Bytes image, int size, boolean zeroEntries) {
    int cluster = image.clusterSize();
    byte[] guest = new byte[(size + cluster - 1) / cluster * cluster];
    for (int i = 0; i < guest.length / cluster; i++) {
      byte[] content = ImagePatch.content(i, cluster);
      switch (i % 9) {
        case 0, 1, 2, 5 -> image.store(i, content);
        case 3 -> {
          Arrays.fill(content, content.length / 3, content.length, (byte) 7);
          boolean zstd = image.file()[104] == 1;
          image.storeStream(
              i, zstd ? Qcow2Bytes.zstd(content) : Qcow2Bytes.deflate(content), 100 + i);
        }
        case 6 -> {
          content = new byte[cluster];
          image.map(i, zeroEntries ? Qcow2Bytes.ZERO : 0);
        }
        case 7 -> {
          if (zeroEntries) {
            image.map(i, Qcow2Bytes.COPIED | Qcow2Bytes.ZERO | image.append(content));
          }
          content = new byte[cluster];
        }
        default -> content = new byte[cluster];
      }
      System.arraycopy(content, 0, guest, i * cluster, cluster);
    }
    return new SampleImage(name, name + ".qcow2", image.file(), Arrays.copyOf(guest, size));
  }

  @Override
  protected HeaderSpan headerSpan(byte[] file) {
    return new HeaderSpan(Qcow2Bytes.EXTENSIONS_V3 + 24, 0);
  }
}
