package io.diskimage.format.vdi;

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
import java.util.Random;

/** Differencing images over a parent, some of their blocks stored or discarded. */
public final class VdiChildWriterProfile extends VdiWriterProfile {

  @Override
  public CreateCase random(Random random) {
    return CreateCase.of(512L * (1 + random.nextInt(9000)), "");
  }

  /** Nor does it open them. */
  @Override
  public boolean isWrittenByQemu() {
    return false;
  }

  @Override
  public boolean qemuChecks() {
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

  @Override
  public WritableDiskImage create(ImageTarget target, CreateCase created, Path directory)
      throws IOException {
    Random random = new Random(created.size());
    int size = (int) created.size();
    VdiLayer child =
        VdiLayer.disk(random, size, VdiBytes.MIB, 0).child(random, size, VdiBytes.MIB, 0);
    child.write(random, random.nextInt(3));
    byte[] file = child.file();
    target.setLength(0);
    target.write(0, file, 0, file.length);
    return openForWriting(target, created, directory);
  }

  @Override
  public WritableDiskImage openForWriting(ImageTarget target, CreateCase created, Path directory)
      throws IOException {
    DiskImage parent = ParentDisk.of(created);
    return new LayeredWriter(
        driver().openForWriting(target, WriteOptions.DEFAULT.withBacking(parent)), parent);
  }

  @Override
  public DiskImage open(ImageInput input, CreateCase created, Path directory) throws IOException {
    return LayeredImage.of(List.of(super.open(input, created, directory), ParentDisk.of(created)));
  }
}
