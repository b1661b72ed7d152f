package io.diskimage.format.raw;

import io.diskimage.format.CreateOptions;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageFormat;
import io.diskimage.format.ImageInput;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.ProbeInput;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.WriteOptions;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/** The format {@code raw}: any file is one when the caller says so, its name when nobody does. */
public final class RawFormat implements ImageFormat {
  private static final List<String> NAME_ENDINGS = List.of(".raw", ".img", ".dd");

  @Override
  public String name() {
    return "raw";
  }

  @Override
  public int probe(ProbeInput file) {
    String name = file.fileName().toLowerCase(Locale.ROOT);
    return NAME_ENDINGS.stream().anyMatch(name::endsWith) ? PROBE_NAME : 0;
  }

  @Override
  public DiskImage open(ImageInput input, OpenOptions options) {
    return new RawImage(input);
  }

  @Override
  public WritableDiskImage openForWriting(ImageTarget target, WriteOptions options) {
    return new RawWriter(target);
  }

  @Override
  public WritableDiskImage create(ImageTarget target, CreateOptions options) throws IOException {
    new RawCreator(options).writeTo(target);
    return new RawWriter(target);
  }
}
