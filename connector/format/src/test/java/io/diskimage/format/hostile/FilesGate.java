package io.diskimage.format.hostile;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.Reference;
import io.diskimage.format.ReferenceDeniedException;
import io.diskimage.format.ReferenceGate;
import io.diskimage.format.ReferenceMissingException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Opens what an image names among the files and links that come with it, and nothing else. */
final class FilesGate implements ReferenceGate {
  private static final Path DIRECTORY = Path.of("/vm/hostile");
  private static final Pattern PROTOCOL =
      Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*:.*", Pattern.DOTALL);
  private static final int MOST_LINKS = 8;

  private final HostileImage image;

  FilesGate(HostileImage image) {
    this.image = image;
  }

  /** The file that is opened first. */
  ImageInput top() {
    return input(image.top());
  }

  private ImageInput input(String file) {
    return new BytesImageInput(DIRECTORY.resolve(file).toString(), image.files().get(file));
  }

  @Override
  public ImageInput open(ImageInput from, Reference reference) throws ImageException {
    if (PROTOCOL.matcher(reference.target()).matches()) {
      throw denied(from, reference);
    }
    String name = reference.target();
    for (int i = 0; i < MOST_LINKS; i++) {
      String file = inDirectory(from, reference, name);
      if (image.files().containsKey(file)) {
        return input(file);
      }
      name = image.links().get(file);
      if (name == null) {
        break;
      }
    }
    throw new ReferenceMissingException(
        from.location(), ImageException.NO_OFFSET, reference.target() + " is not there");
  }

  private static String inDirectory(ImageInput from, Reference reference, String name)
      throws ImageException {
    try {
      Path path = DIRECTORY.resolve(name).normalize();
      if (!path.startsWith(DIRECTORY)) {
        throw denied(from, reference);
      }
      return DIRECTORY.relativize(path).toString();
    } catch (InvalidPathException noPath) {
      throw new ReferenceMissingException(
          from.location(), ImageException.NO_OFFSET, "is no name of a file", noPath);
    }
  }

  private static ReferenceDeniedException denied(ImageInput from, Reference reference) {
    return new ReferenceDeniedException(
        from.location(), ImageException.NO_OFFSET, reference.target() + " is outside");
  }
}
