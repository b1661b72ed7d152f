package io.diskimage.format.vhd;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.CountingImageInput;
import io.diskimage.format.FaultyImageInput;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.Reference;
import io.diskimage.format.ReferenceGate;
import io.diskimage.format.ReferenceMissingException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;

/** A gate to a file system of arrays that finds parents as vhd.md section 9.2 says. */
final class NamedFiles implements ReferenceGate {
  private static final Pattern WINDOWS_PATH = Pattern.compile("[A-Za-z]:.*|\\\\.*");

  private final Map<String, byte[]> files;
  private final Map<String, CountingImageInput> opened = new LinkedHashMap<>();
  private final List<String> asked = new ArrayList<>();
  private Random failures;

  /** Files by absolute path. */
  NamedFiles(Map<String, byte[]> files) {
    this.files = Map.copyOf(files);
  }

  /** The same files on a disk that fails now and then. */
  NamedFiles failing(long seed) {
    NamedFiles failing = new NamedFiles(files);
    failing.failures = new Random(seed);
    return failing;
  }

  ImageInput open(String path) {
    ImageInput file = new BytesImageInput(path, files.get(path));
    CountingImageInput input =
        new CountingImageInput(
            failures == null ? file : new FaultyImageInput(file, failures.nextLong(), 0.05));
    opened.put(path, input);
    return input;
  }

  @Override
  public ImageInput open(ImageInput from, Reference reference) throws ReferenceMissingException {
    asked.add(reference.kind());
    String path = resolve(from.location(), reference);
    if (!files.containsKey(path)) {
      throw new ReferenceMissingException(
          from.location(), ImageException.NO_OFFSET, "no " + reference.kind() + " " + path);
    }
    return open(path);
  }

  private static String resolve(String from, Reference reference) {
    String name = reference.target();
    boolean windows = reference.kind().startsWith("parent locator W");
    boolean beside =
        reference.kind().equals("parent name") || (windows && WINDOWS_PATH.matcher(name).matches());
    String local = windows || beside ? name.replace('\\', '/') : name;
    String path = beside ? local.substring(local.lastIndexOf('/') + 1) : local;
    return Path.of(from).resolveSibling(path).normalize().toString();
  }

  /** Kinds of the references that somebody wanted to follow. */
  List<String> asked() {
    return List.copyOf(asked);
  }

  /** Paths in the order in which they were opened. */
  List<String> opened() {
    return List.copyOf(opened.keySet());
  }

  /** What was read of a file since it was last opened. */
  CountingImageInput reads(String path) {
    return opened.get(path);
  }

  /** Whether each file was closed once. */
  boolean allClosed() {
    return opened.values().stream().allMatch(input -> input.closes() == 1);
  }
}
