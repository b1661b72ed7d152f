package io.diskimage.format.oracle;

import com.fasterxml.jackson.databind.JsonNode;
import io.diskimage.format.oracle.QemuImg.MapRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/**
 * What {@code qemu-img} says of a disk: of one layer, without what lies below it, or of all of
 * them.
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

  /** The active disk of an image alone; writes the content beside it. */
  public static OracleView of(String format, Path image) {
    Path content = content(image);
    QemuImg.convertTopToRaw(format, image, content);
    return of(format, image, QemuImg.mapTop(format, image), content);
  }

  /** The active disk of an image and of the layers below it, whose files have no holes. */
  public static OracleView ofAllLayers(String format, Path image) {
    Path content = content(image);
    QemuImg.convertToRaw(format, image, content);
    return of(format, image, QemuImg.map(format, image), content);
  }

  private static Path content(Path image) {
    return image.resolveSibling(image.getFileName() + ".content");
  }

  private static OracleView of(String format, Path image, List<MapRun> runs, Path content) {
    JsonNode info = QemuImg.info(format, image);
    return new OracleView(
        info.get("virtual-size").longValue(),
        // QEMU 7.2 prints a cluster of 2 GiB as a negative number.
        info.has("cluster-size") ? info.get("cluster-size").longValue() & 0xffff_ffffL : null,
        runs,
        content);
  }

  /** The disk at a snapshot, which is applied to a copy beside the image. */
  public static OracleView ofSnapshot(String format, Path image, String snapshot) {
    return atSnapshot(format, image, snapshot, copy -> of(format, copy));
  }

  /** As {@link #ofAllLayers}, at a snapshot of the image on top. */
  public static OracleView ofSnapshotOverLayers(String format, Path image, String snapshot) {
    return atSnapshot(format, image, snapshot, copy -> ofAllLayers(format, copy));
  }

  private static OracleView atSnapshot(
      String format, Path image, String snapshot, Function<Path, OracleView> look) {
    Path copy = image.resolveSibling(image.getFileName() + ".then");
    try {
      Files.copy(image, copy);
      QemuImg.applySnapshot(format, copy, snapshot);
      OracleView view = look.apply(copy);
      Files.delete(copy);
      return view;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
