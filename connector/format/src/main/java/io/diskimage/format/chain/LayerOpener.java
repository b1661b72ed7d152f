package io.diskimage.format.chain;

import io.diskimage.format.DiskImage;
import io.diskimage.format.Reference;
import io.diskimage.format.ReferenceDeniedException;
import io.diskimage.format.ReferenceMissingException;
import java.io.IOException;

/** Opens the layer below another one. Whoever hands it in closes what it opened. */
@FunctionalInterface
public interface LayerOpener {

  /**
   * Opens a layer for reading.
   *
   * @param child the layer that names it
   * @param parent the name
   * @throws ReferenceDeniedException if policy forbids it
   * @throws ReferenceMissingException if there is nothing of that name
   */
  DiskImage open(DiskImage child, Reference parent) throws IOException;
}
