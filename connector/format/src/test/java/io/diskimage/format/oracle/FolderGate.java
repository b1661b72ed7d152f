package io.diskimage.format.oracle;

import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.Reference;
import io.diskimage.format.ReferenceDeniedException;
import io.diskimage.format.ReferenceGate;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Follows references to the files of one directory.
 *
 * @param directory absolute
 */
public record FolderGate(Path directory) implements ReferenceGate {

  @Override
  public ImageInput open(ImageInput from, Reference reference) throws IOException {
    Path target = directory.resolve(reference.target()).normalize();
    if (!directory.equals(target.getParent())) {
      throw new ReferenceDeniedException(
          from.location(), ImageException.NO_OFFSET, target + " is not in " + directory);
    }
    return LocalImageInput.open(target);
  }
}
