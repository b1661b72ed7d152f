package io.diskimage.format.oracle;

import com.fasterxml.jackson.databind.JsonNode;
import io.diskimage.format.oracle.QemuImg.MapRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What {@code qemu-img} says of one layer: an image alone, without what lies below it.
 *
 * @param virtualSize bytes
 * @param clusterSize bytes, or null where {@code qemu-img info} says none
 * @param runs the map of a copy without holes
 * @param content file with the guest's bytes
 */
public record OracleView(long virtualSize, Long clusterSize, List<MapRun> runs, Path content) {

  public OracleView {
    runs = List.copyOf(runs);
  }

  /** The active disk of an image; writes the content beside it. */
  public static OracleView of(String format, Path image) {
    Path content = image.resolveSibling(image.getFileName() + ".content");
    QemuImg.convertTopToRaw(format, image, content);
    JsonNode info = QemuImg.info(format, image);
    return new OracleView(
        info.get("virtual-size").longValue(),
        // QEMU 7.2 prints a cluster of 2 GiB as a negative number.
        info.has("cluster-size") ? info.get("cluster-size").longValue() & 0xffff_ffffL : null,
        QemuImg.mapTop(format, image),
        content);
  }

  /** The disk at a snapshot, which is applied to a copy beside the image. */
  public static OracleView ofSnapshot(String format, Path image, String snapshot) {
    Path copy = image.resolveSibling(image.getFileName() + ".then");
    try {
      Files.copy(image, copy);
      QemuImg.run("snapshot", "-a", snapshot, copy.toString());
      OracleView view = of(format, copy);
      Files.delete(copy);
      return view;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
