package io.diskimage.format.vhd;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ImageContent;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.IoCounters;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.chain.BackingChain;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.statistics.Statistics;

/** Chains of three layers of which one has wrong fields: bytes or a typed error, nothing else. */
class MutatedChainTest {
  private static final int SIZE = 200 << 10;
  private static final int RUNS = 1000;
  private static final int PIECE = 64 << 10;

  /** Footer, header, first locators, the table or a locator's text, bitmaps. */
  private static final int[] PLACES = {0, 512, 512 + 576, 1536, 2048, 2560};

  private static final long[] EXTREMES = {0, 1, 2, 3, 4, 0x7fffffff, 0x80000000L, 0xfffffffeL, -1};

  private static WrittenChain chain(Random random) {
    WrittenChain chain = new WrittenChain(random);
    chain.add("/vm/a.vhd", new VhdLayer(VhdBytes.DYNAMIC, SIZE, 16 << 10).id(new UUID(1, 1)));
    chain.write(4);
    chain.add("/vm/b.vhd", child(2, 4096).locator("W2ru", ".\\a.vhd").locator("W2ku", "C:\\a.vhd"));
    chain.write(4);
    return chain.add("/vm/c.vhd", child(3, 64 << 10).parentName("b.vhd")).write(4);
  }

  private static VhdLayer child(int id, int blockSize) {
    return new VhdLayer(VhdBytes.DIFFERENCING, SIZE, blockSize)
        .id(new UUID(id, id))
        .parentId(new UUID(id - 1, id - 1));
  }

  private static void mutate(byte[] file, Random random) {
    for (int i = 0; i <= random.nextInt(3); i++) {
      int at = PLACES[random.nextInt(PLACES.length)] + random.nextInt(88);
      switch (random.nextInt(3)) {
        case 0 -> ImagePatch.bigEndian(file).u8(at, random.nextInt(256));
        case 1 -> ImagePatch.bigEndian(file).u32(at & ~3, extreme(random));
        default -> ImagePatch.bigEndian(file).u64(at & ~7, extreme(random));
      }
    }
    VhdBytes.sign(file);
  }

  private static long extreme(Random random) {
    return EXTREMES[random.nextInt(EXTREMES.length)];
  }

  @Property(tries = 1000)
  void areReadOrRefused(@ForAll Random random) throws IOException {
    Map<String, byte[]> files = new HashMap<>(chain(random).files());
    mutate(files.get("/vm/" + (char) ('a' + random.nextInt(3)) + ".vhd"), random);
    NamedFiles gate = new NamedFiles(files);
    OpenOptions options = OpenOptions.of(Purpose.READ).withReferences(gate);
    boolean opened = false;
    try (DiskImage top = new VhdFormat().open(gate.open("/vm/c.vhd"), options)) {
      DiskImage disk = BackingChain.open(top, options);
      opened = true;
      read(disk);
      disk.close();
    } catch (ImageException typed) {
      assertThat(typed.location()).startsWith("/vm/");
    }
    Statistics.label("opened").collect(opened);
  }

  private static void read(DiskImage disk) throws IOException {
    long size = disk.virtualSize();
    ExtentCursor runs = disk.extents(0, size, new IoCounters());
    long at = 0;
    for (int i = 0; i < RUNS && runs.next(); i++) {
      assertThat(runs.offset()).isEqualTo(at);
      assertThat(runs.length()).isPositive();
      at += runs.length();
    }
    byte[] piece = new byte[(int) Math.min(PIECE, size)];
    try (ImageContent content = new ImageContent(disk, new IoCounters())) {
      content.read(0, piece, 0, piece.length);
      content.read(size - piece.length, piece, 0, piece.length);
    }
  }
}
