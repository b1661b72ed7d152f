package io.diskimage.spark.cache;

import io.diskimage.format.Limits;
import io.diskimage.format.Purpose;
import io.diskimage.spark.plan.ImageFile;
import java.util.List;
import java.util.Map;

/**
 * What makes an open image the same for two tasks: the file as it was listed, how it is read, which
 * other files it may have opened, who reads it and by which key.
 *
 * @param file path, length, modification time and ETag
 * @param imageFormat driver name
 * @param limits bounds of what the image may take
 * @param formatOptions options of the driver
 * @param purpose what the image is opened for
 * @param references directories that the image's references were allowed into, null for nowhere
 * @param passphrases where that of an encrypted image was looked for; empty for nowhere
 * @param user Hadoop user
 */
public record ImageKey(
    ImageFile file,
    String imageFormat,
    Limits limits,
    Map<String, String> formatOptions,
    Purpose purpose,
    List<String> references,
    List<String> passphrases,
    String user) {

  public ImageKey {
    // How many findings are listed says nothing of an open image.
    limits = limits.withFindings(Limits.DEFAULT.findings());
    formatOptions = Map.copyOf(formatOptions);
    references = references == null ? null : List.copyOf(references);
    passphrases = List.copyOf(passphrases);
  }
}
