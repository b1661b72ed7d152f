package io.diskimage.format;

import java.util.Objects;

/**
 * A pointer out of an image file, as the image states it and nobody has checked it.
 *
 * @param kind {@code backing file}, {@code data file}, {@code parent}, ...
 * @param target file name as written; empty when the image names its target by id alone
 * @param targetFormat recorded format of the target, or null
 * @param targetId recorded id of the target, or null
 */
public record Reference(String kind, String target, String targetFormat, String targetId) {
  public Reference {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(target, "target");
  }
}
