package io.diskimage.spark.plan;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Images by their own ids: the answer to references that name no file.
 *
 * @param searched whether anybody looked for them
 * @param files by format and id; more than one file if there are copies
 */
public record ParentIndex(boolean searched, Map<Id, List<ImageFile>> files)
    implements Serializable {
  /** Where nobody looked. */
  public static final ParentIndex NONE = new ParentIndex(false, Map.of());

  /**
   * What an image is known by.
   *
   * @param format driver name
   * @param id as {@link io.diskimage.format.ImageInfo#imageId()} writes it
   */
  public record Id(String format, String id) implements Serializable {}

  /**
   * An image that may be somebody's parent.
   *
   * @param id of the image
   * @param file it is in
   */
  public record Entry(Id id, ImageFile file) implements Serializable {}

  /** The index of some images; one that is found twice counts once. */
  static ParentIndex of(List<Entry> entries) {
    Map<Id, List<ImageFile>> files = new HashMap<>();
    for (Entry entry : entries) {
      List<ImageFile> known = files.computeIfAbsent(entry.id(), id -> new ArrayList<>(1));
      if (!known.contains(entry.file())) {
        known.add(entry.file());
      }
    }
    return new ParentIndex(true, files);
  }

  /** Files of images of a format that have an id. */
  public List<ImageFile> files(String format, String id) {
    return files.getOrDefault(new Id(format, id), List.of());
  }
}
