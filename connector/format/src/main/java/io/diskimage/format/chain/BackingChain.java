package io.diskimage.format.chain;

import io.diskimage.format.CorruptImageException;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageFormat;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Limit;
import io.diskimage.format.LimitExceededException;
import io.diskimage.format.Limits;
import io.diskimage.format.NotAnImageException;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Reference;
import io.diskimage.format.ReferenceDeniedException;
import io.diskimage.format.ReferenceMissingException;
import io.diskimage.format.UnsupportedImageException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The way from an image down to the layer that has no parent (formats/README.md section 5). */
public final class BackingChain {
  private final LayerOpener opener;
  private final Limits limits;
  private final IoCounters io;

  private BackingChain(LayerOpener opener, Limits limits, IoCounters io) {
    this.opener = opener;
    this.limits = limits;
    this.io = io;
  }

  /**
   * The layers of a disk, the top one first.
   *
   * @param top an opened layer
   * @param opener of those below; closes what it opened also when this method throws
   * @throws ReferenceDeniedException if policy forbids to follow a layer to any of its parents
   * @throws ReferenceMissingException if a parent is not there, or is another disk
   * @throws LimitExceededException if there are more than {@link Limits#chainDepth()} below the top
   * @throws CorruptImageException if a layer is its own parent in the end
   */
  public static List<DiskImage> layers(
      DiskImage top, LayerOpener opener, Limits limits, IoCounters io) throws IOException {
    return new BackingChain(opener, limits, io).walk(top);
  }

  /**
   * The disk that an image and the layers below it make up, through the gate of the options.
   *
   * @param top an opened layer, which the result closes; on failure it is left open
   * @return {@code top} itself where there is none below it
   * @throws IOException as {@link #layers}
   */
  public static DiskImage open(DiskImage top, OpenOptions options) throws IOException {
    Deque<DiskImage> opened = new ArrayDeque<>();
    LayerOpener opener =
        (child, parent) -> {
          DiskImage layer = openLayer(child, parent, options);
          opened.push(layer);
          return layer;
        };
    List<DiskImage> layers = null;
    try {
      layers = layers(top, opener, options.limits(), options.io());
      return LayeredImage.of(layers);
    } finally {
      for (DiskImage layer : opened) {
        if (layers == null || !layers.contains(layer)) {
          layer.close();
        }
      }
    }
  }

  private static DiskImage openLayer(DiskImage child, Reference parent, OpenOptions options)
      throws IOException {
    ImageFormat format = formatOf(child, parent);
    ImageInput input = options.references().open(file(child), parent);
    DiskImage layer = null;
    try {
      layer = format.open(input, options);
      return layer;
    } finally {
      if (layer == null) {
        input.close();
      }
    }
  }

  /**
   * The recorded format of a parent. Without one it would have to be probed, and the guest of a raw
   * parent decides what a probe sees (design: hostile input).
   *
   * @throws UnsupportedImageException if there is no recorded format, or it is unknown
   */
  public static ImageFormat formatOf(DiskImage child, Reference parent) throws IOException {
    String name = parent.targetFormat();
    Optional<ImageFormat> format = name == null ? Optional.empty() : ImageFormats.byName(name);
    if (format.isEmpty()) {
      throw new UnsupportedImageException(
          file(child).location(),
          ImageException.NO_OFFSET,
          parent.kind()
              + " '"
              + parent.target()
              + (name == null ? "' has no recorded format" : "': unknown format '" + name + "'"));
    }
    return format.get();
  }

  private List<DiskImage> walk(DiskImage top) throws IOException {
    List<DiskImage> layers = new ArrayList<>();
    Set<String> locations = new HashSet<>();
    layers.add(top);
    locations.add(file(top).location());
    List<Reference> parents = top.parents(io);
    while (!parents.isEmpty()) {
      DiskImage child = layers.get(layers.size() - 1);
      String from = file(child).location();
      if (layers.size() > limits.chainDepth()) {
        throw new LimitExceededException(
            from,
            ImageException.NO_OFFSET,
            "the backing chain is too deep",
            Limit.CHAIN_DEPTH,
            limits);
      }
      DiskImage layer = openFirst(child, parents);
      if (!locations.add(file(layer).location())) {
        throw new CorruptImageException(
            from,
            ImageException.NO_OFFSET,
            "backing chain comes back to " + file(layer).location());
      }
      layers.add(layer);
      parents = layer.parents(io);
    }
    return layers;
  }

  /**
   * The first parent that can be opened and is the one meant. Names of one parent differ in how
   * they are written, so one that leads nowhere, or to a file that is no sound image, does not
   * speak against the others.
   */
  private DiskImage openFirst(DiskImage child, List<Reference> parents) throws IOException {
    ImageException first = null;
    for (Reference parent : parents) {
      try {
        DiskImage layer = opener.open(child, parent);
        requireIdentity(child, parent, layer);
        return layer;
      } catch (ImageException failure) {
        if (!leavesOthers(parent, failure)) {
          throw failure;
        }
        if (first == null) {
          first = failure;
        } else {
          first.addSuppressed(failure);
        }
      }
    }
    throw first;
  }

  /** Whether another name may still lead to the parent: what has no id yet is not it either. */
  private static boolean leavesOthers(Reference parent, ImageException failure) {
    boolean nothing =
        failure instanceof ReferenceDeniedException || failure instanceof ReferenceMissingException;
    boolean noImage =
        failure instanceof NotAnImageException || failure instanceof CorruptImageException;
    return nothing || (noImage && parent.targetId() != null);
  }

  private static void requireIdentity(DiskImage child, Reference parent, DiskImage layer)
      throws IOException {
    String found = layer.info().imageId();
    if (parent.targetId() != null && !parent.targetId().equals(found)) {
      throw new ReferenceMissingException(
          file(child).location(),
          ImageException.NO_OFFSET,
          parent.kind()
              + " '"
              + parent.target()
              + "' should have id "
              + parent.targetId()
              + ", and "
              + file(layer).location()
              + " has "
              + found);
    }
  }

  private static ImageInput file(DiskImage image) throws IOException {
    return image.inputs().get(0).input();
  }
}
