package io.diskimage.format.bundle;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.CountingImageInput;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.Reference;
import io.diskimage.format.ReferenceDeniedException;
import io.diskimage.format.ReferenceGate;
import io.diskimage.format.ReferenceMissingException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The folder of a bundle, and what was opened in it. */
final class BundleFolder implements ReferenceGate {
  static final String FOLDER = "/vm/disk.hdd/";

  private final Map<String, byte[]> files = new HashMap<>();
  private final Set<String> denied = new HashSet<>();
  private final List<Reference> asked = new ArrayList<>();
  private final List<CountingImageInput> opened = new ArrayList<>();

  /** A file by the name that leads to it. */
  BundleFolder with(String name, byte[] file) {
    files.put(name, file);
    return this;
  }

  BundleFolder with(Map<String, byte[]> more) {
    files.putAll(more);
    return this;
  }

  BundleFolder without(String name) {
    files.remove(name);
    return this;
  }

  BundleFolder denying(String name) {
    denied.add(name);
    return this;
  }

  List<Reference> asked() {
    return asked;
  }

  List<String> askedNames() {
    return asked.stream().map(Reference::target).toList();
  }

  /** Inputs handed out, the descriptor's not among them. */
  List<CountingImageInput> opened() {
    return opened;
  }

  @Override
  public ImageInput open(ImageInput from, Reference reference) throws IOException {
    asked.add(reference);
    String name = reference.target();
    if (denied.contains(name)) {
      throw new ReferenceDeniedException(
          from.location(), ImageException.NO_OFFSET, "'" + name + "' is not allowed");
    }
    byte[] file = files.get(name);
    if (file == null) {
      throw new ReferenceMissingException(
          from.location(), ImageException.NO_OFFSET, "'" + name + "' is not there");
    }
    String location = name.startsWith("/") ? name : FOLDER + name.replace("./", "");
    CountingImageInput input = new CountingImageInput(new BytesImageInput(location, file));
    opened.add(input);
    return input;
  }

  OpenOptions options() {
    return OpenOptions.of(Purpose.READ).withReferences(this);
  }

  static CountingImageInput descriptor(byte[] file) {
    return new CountingImageInput(new BytesImageInput(FOLDER + "DiskDescriptor.xml", file));
  }

  DiskImage open(String descriptor) throws IOException {
    return new BundleFormat().open(descriptor(DescriptorText.bytes(descriptor)), options());
  }
}
