package io.diskimage.format.vhd;

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
import java.util.UUID;

/**
 * Dynamic and differencing disks of other makers: small blocks that lie in any order and hold stale
 * bytes, and a table that often has no room for more of them.
 */
public final class VhdSmallBlocksWriterProfile extends VhdWriterProfile {
  private static final int BLOCK = 4096;

  /** Entries that fill a sector of the table. */
  private static final int FULL = 128;

  @Override
  public CreateCase random(Random random) {
    long sectors =
        random.nextBoolean()
            ? FULL * (BLOCK / 512) - random.nextInt(20)
            : 1 + random.nextInt(BLOCK / 512 * 40);
    String subformat = random.nextBoolean() ? "differencing" : "dynamic";
    return CreateCase.of(sectors * 512, "subformat=" + subformat);
  }

  @Override
  public long clusterSize(CreateCase created) {
    return BLOCK;
  }

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

  private static boolean isDifferencing(CreateCase created) {
    return created.option("subformat", "dynamic").equals("differencing");
  }

  @Override
  public WritableDiskImage create(ImageTarget target, CreateCase created, Path directory)
      throws IOException {
    Random random = new Random(created.size());
    int type = isDifferencing(created) ? VhdBytes.DIFFERENCING : VhdBytes.DYNAMIC;
    VhdLayer layer = new VhdLayer(type, (int) created.size(), BLOCK).id(new UUID(1, 2));
    if (isDifferencing(created)) {
      layer.parentName("parent").locator("W2ru", ".\\parent").stale(random);
    }
    if (random.nextBoolean()) {
      layer.scattered();
    }
    for (int runs = random.nextInt(6); runs > 0; runs--) {
      int sector = random.nextInt((int) created.size() / 512);
      byte[] content = new byte[512 * Math.min(1 + random.nextInt(20), sectors(created) - sector)];
      random.nextBytes(content);
      layer.write(sector * 512, content);
    }
    byte[] file = layer.file(random);
    target.setLength(0);
    target.write(0, file, 0, file.length);
    return openForWriting(target, created, directory);
  }

  private static int sectors(CreateCase created) {
    return (int) (created.size() / 512);
  }

  @Override
  public WritableDiskImage openForWriting(ImageTarget target, CreateCase created, Path directory)
      throws IOException {
    if (!isDifferencing(created)) {
      return super.openForWriting(target, created, directory);
    }
    DiskImage parent = ParentDisk.of(created);
    return new LayeredWriter(
        driver().openForWriting(target, WriteOptions.DEFAULT.withBacking(parent)), parent);
  }

  @Override
  public DiskImage open(ImageInput input, CreateCase created, Path directory) throws IOException {
    DiskImage image = super.open(input, created, directory);
    return isDifferencing(created)
        ? LayeredImage.of(List.of(image, ParentDisk.of(created)))
        : image;
  }
}
