package io.diskimage.format;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/** The formats at hand and which of them a file is of (formats/README.md section 3). */
public final class ImageFormats {
  private static final int SECTOR = 512;

  // The class loader of ImageFormat, never the thread's: in Spark the two differ, and drivers come
  // with the interface.
  private static final List<ImageFormat> ALL =
      ServiceLoader.load(ImageFormat.class, ImageFormat.class.getClassLoader()).stream()
          .map(ServiceLoader.Provider::get)
          .toList();

  private ImageFormats() {}

  /** All formats. */
  public static List<ImageFormat> all() {
    return ALL;
  }

  /** The format of a driver name, in any case. */
  public static Optional<ImageFormat> byName(String name) {
    String wanted = name.toLowerCase(Locale.ROOT);
    return ALL.stream().filter(format -> format.name().equals(wanted)).findFirst();
  }

  /** Driver names, for messages. */
  public static String names() {
    return ALL.stream().map(ImageFormat::name).sorted().collect(Collectors.joining(", "));
  }

  /**
   * Finds the format of a file: magic decides, then a trailer, then the name.
   *
   * @param probeTail look at the last sector whatever the file's name
   * @throws NotAnImageException if no format recognises the file, or it is empty
   */
  public static ImageFormat detect(ImageInput input, boolean probeTail, IoCounters io)
      throws IOException {
    if (input.length() == 0) {
      throw new NotAnImageException(
          input.location(), ImageException.NO_OFFSET, "the file is empty");
    }
    String fileName = input.location().substring(input.location().lastIndexOf('/') + 1);
    byte[] head = new byte[(int) Math.min(SECTOR, input.length())];
    io.metadataRead(input.readPadded(0, head, 0, head.length));
    byte[] tail = {};
    if (probeTail || ALL.stream().anyMatch(format -> format.wantsTail(fileName))) {
      tail = new byte[SECTOR];
      io.metadataRead(input.readPadded(input.sectorLength() - SECTOR, tail, 0, SECTOR));
    }
    ProbeInput probe = new ProbeInput(fileName, head, tail, input.length());
    ImageFormat best = null;
    int bestScore = 0;
    for (ImageFormat format : ALL) {
      int score = format.probe(probe);
      if (score > bestScore) {
        best = format;
        bestScore = score;
      }
    }
    if (best == null) {
      throw new NotAnImageException(
          input.location(), 0, "no known image format (" + names() + ") recognises it");
    }
    return best;
  }
}
