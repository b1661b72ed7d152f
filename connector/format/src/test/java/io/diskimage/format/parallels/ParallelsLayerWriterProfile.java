package io.diskimage.format.parallels;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageInput;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.WriteOptions;
import io.diskimage.format.chain.LayeredImage;
import io.diskimage.format.oracle.write.CreateCase;
import io.diskimage.format.oracle.write.LayeredWriter;
import io.diskimage.format.oracle.write.ParentDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Images of the format Parallels as a layer over another one, as in a bundle with snapshots. */
public final class ParallelsLayerWriterProfile extends ParallelsWriterProfile {

  @Override
  public boolean isWrittenByQemu() {
    return false;
  }

  @Override
  public boolean standsAlone() {
    return false;
  }

  @Override
  public List<CreateCase> createMatrix() {
    return List.of();
  }

  @Override
  public List<CreateCase> refusedCases() {
    return List.of();
  }

  /** An entry that is given up shows the layer below. */
  @Override
  public Discards discards(CreateCase created) {
    return Discards.MAYBE;
  }

  @Override
  protected WriteOptions options(CreateCase created) throws IOException {
    return super.options(created).withBacking(ParentDisk.of(created));
  }

  @Override
  public WritableDiskImage create(ImageTarget target, CreateCase created, Path directory)
      throws IOException {
    return new LayeredWriter(super.create(target, created, directory), ParentDisk.of(created));
  }

  @Override
  public WritableDiskImage openForWriting(ImageTarget target, CreateCase created, Path directory)
      throws IOException {
    return new LayeredWriter(
        super.openForWriting(target, created, directory), ParentDisk.of(created));
  }

  @Override
  public DiskImage open(ImageInput input, CreateCase created, Path directory) throws IOException {
    return LayeredImage.of(List.of(super.open(input, created, directory), ParentDisk.of(created)));
  }
}
