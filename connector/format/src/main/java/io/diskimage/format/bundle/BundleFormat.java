package io.diskimage.format.bundle;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageFormat;
import io.diskimage.format.ImageInput;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.ProbeInput;
import io.diskimage.format.Purpose;
import io.diskimage.format.UnsupportedImageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The format {@code parallels-bundle}: the descriptor in a Parallels disk's folder. */
public final class BundleFormat implements ImageFormat {
  static final String NAME = "parallels-bundle";

  private static final String DESCRIPTOR = "DiskDescriptor.xml";

  @Override
  public String name() {
    return NAME;
  }

  /** By name and root element: the copy {@code DiskDescriptor.xml.Backup} is no second disk. */
  @Override
  public int probe(ProbeInput file) {
    if (!file.fileName().equals(DESCRIPTOR)) {
      return 0;
    }
    // Without the zero bytes UTF-16 reads like ASCII.
    String head =
        new String(file.head(), 0, file.headLength(), StandardCharsets.ISO_8859_1)
            .replace("\0", "");
    if (Descriptor.ROOTS.stream().anyMatch(root -> head.contains("<" + root))) {
      return PROBE_MAGIC;
    }
    return head.contains("<?xml") ? PROBE_NAME : 0;
  }

  @Override
  public DiskImage open(ImageInput input, OpenOptions options) throws IOException {
    Descriptor descriptor = DescriptorReader.read(input, options.limits(), options.io());
    DescriptorChecks.requireSegments(descriptor, input.location());
    LayerTree tree = LayerTree.of(descriptor, input.location());
    if (options.purpose() == Purpose.WRITE) {
      throw new UnsupportedImageException(
          input.location(), ImageException.NO_OFFSET, "Parallels bundles are only read");
    }
    if (options.purpose() == Purpose.READ) {
      DescriptorChecks.requireReadable(descriptor, input.location());
      return BundleImage.opened(input, descriptor, tree, options);
    }
    return BundleImage.described(input, descriptor, tree);
  }
}
