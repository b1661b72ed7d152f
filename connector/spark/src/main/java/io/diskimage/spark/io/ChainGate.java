package io.diskimage.spark.io;

import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.Reference;
import io.diskimage.format.ReferenceDeniedException;
import io.diskimage.format.ReferenceGate;
import io.diskimage.format.ReferenceMissingException;
import io.diskimage.spark.plan.ImageFile;
import io.diskimage.spark.plan.ParentIndex;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Follows references to regular files inside the chain roots, and to nothing else. What a name
 * leads to is decided before anything is opened, and that very path is opened: on local files one
 * without links.
 */
public final class ChainGate implements ReferenceGate {
  /** Where nothing but the listed files may be read. */
  public static final ReferenceGate TOP =
      (from, reference) -> {
        throw new ReferenceDeniedException(
            from.location(),
            ImageException.NO_OFFSET,
            called(reference) + " is not followed under chain=top; chain=follow would");
      };

  private final ChainRoots roots;
  private final ParentIndex parents;
  private final Configuration conf;

  /**
   * A gate.
   *
   * @param parents answers references that name their target by id alone
   * @param conf for opening files
   */
  public ChainGate(ChainRoots roots, ParentIndex parents, Configuration conf) {
    this.roots = roots;
    this.parents = parents;
    this.conf = conf;
  }

  @Override
  public ImageInput open(ImageInput from, Reference reference) throws IOException {
    return ImageInputs.open(find(from.location(), reference), conf);
  }

  /**
   * The file that a reference leads to; it is looked at and not opened.
   *
   * @param from location of the file that has the reference
   * @throws ReferenceDeniedException if it leads out of the roots, or to no regular file
   * @throws ReferenceMissingException if there is nothing
   */
  public ImageFile find(String from, Reference reference) throws IOException {
    if (reference.target().isEmpty() && reference.targetId() != null) {
      return byId(from, reference);
    }
    ReferenceName name = ReferenceName.of(new Path(from), reference);
    if (name.protocol()) {
      throw denied(from, reference, "names a protocol; only files below chainRoots are opened");
    }
    if (name.resolved() == null) {
      throw denied(from, reference, "leads to no file");
    }
    Target target = look(from, reference, name);
    return switch (target.presence()) {
      case OUTSIDE ->
          throw denied(
              from,
              reference,
              "leads out of the directories that references may lead into, "
                  + roots
                  + "; the option chainRoots names them");
      case MISSING ->
          throw new ReferenceMissingException(
              from,
              ImageException.NO_OFFSET,
              called(reference)
                  + " is not there: looked for "
                  + name.resolved()
                  + " below chainRoots "
                  + roots);
      case PRESENT -> {
        if (target.file() == null) {
          throw denied(from, reference, "is no regular file");
        }
        yield target.file();
      }
    };
  }

  private Target look(String from, Reference reference, ReferenceName name) throws IOException {
    try {
      return roots.find(name);
    } catch (FileSystemException refusal) {
      // The machine's answer to a name that is too long, or a directory that may not be entered.
      throw new ReferenceMissingException(
          from,
          ImageException.NO_OFFSET,
          called(reference) + " cannot be looked for: " + refusal.getMessage(),
          refusal);
    }
  }

  private ImageFile byId(String from, Reference reference) throws IOException {
    List<ImageFile> files = parents.files(reference.targetFormat(), reference.targetId());
    if (files.size() == 1) {
      return files.get(0);
    }
    if (files.isEmpty()) {
      throw new ReferenceMissingException(
          from,
          ImageException.NO_OFFSET,
          !parents.searched()
              ? called(reference)
                  + " has no name, and parents are looked for by id only under imageFormat=auto or"
                  + " their own format"
              : called(reference)
                  + " is not there: no image below chainRoots "
                  + roots
                  + " has that id");
    }
    throw denied(
        from,
        reference,
        "is ambiguous: "
            + files.get(0).path()
            + " and "
            + files.get(1).path()
            + " have that id; chainRoots with one of them only would tell");
  }

  private static ReferenceDeniedException denied(String from, Reference reference, String why) {
    return new ReferenceDeniedException(
        from, ImageException.NO_OFFSET, called(reference) + " " + why);
  }

  private static String called(Reference reference) {
    String name = reference.target().isEmpty() ? reference.targetId() : reference.target();
    return reference.kind() + " '" + name + "'";
  }
}
