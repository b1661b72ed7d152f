package io.diskimage.format;

import java.io.IOException;

/**
 * The caller's answer to a pointer out of a file. What an image names is data until the gate opens
 * it (design: hostile input).
 */
@FunctionalInterface
public interface ReferenceGate {

  /** Follows nothing. */
  ReferenceGate DENY_ALL =
      (from, reference) -> {
        throw new ReferenceDeniedException(
            from.location(),
            ImageException.NO_OFFSET,
            reference.kind()
                + " '"
                + reference.target()
                + "' is not followed: no reference is allowed here");
      };

  /**
   * Opens the target of a reference.
   *
   * @param from the file that names it
   * @param reference what it names
   * @return the opened target, which the caller closes; an {@link ImageTarget} of what is part of
   *     an image that is written
   * @throws ReferenceDeniedException if policy forbids it; the message names the option that would
   *     allow it
   */
  ImageInput open(ImageInput from, Reference reference) throws IOException;
}
