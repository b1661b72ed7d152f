package io.diskimage.format.vhd;

import io.diskimage.format.CreateOptions;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageFormat;
import io.diskimage.format.ImageInput;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.ProbeInput;
import io.diskimage.format.Purpose;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.WriteOptions;
import io.diskimage.format.table.CachedTables;
import io.diskimage.format.table.OnePage;
import io.diskimage.format.table.TableSource;
import java.io.IOException;
import java.util.Locale;

/** The format {@code vpc}: fixed, dynamic and differencing VHD. */
public final class VhdFormat implements ImageFormat {
  /** Key of the size rule in {@link OpenOptions#formatOptions()}. */
  static final String SIZE_OPTION = "vhdSize";

  @Override
  public String name() {
    return "vpc";
  }

  @Override
  public int probe(ProbeInput file) {
    if (VhdFooter.parse(file.head()).hasCookie()) {
      return PROBE_MAGIC;
    }
    byte[] tail = file.tail();
    if (tail.length == VhdFooter.BYTES) {
      VhdFooter footer = VhdFooter.parse(tail);
      // Under a name of its own a damaged footer is this format's to refuse; elsewhere it is
      // chance.
      boolean named = wantsTail(file.fileName());
      boolean fixed = named || (footer.isFixed() && footer.hasValidChecksum());
      return footer.hasCookie() && fixed ? PROBE_TRAILER : 0;
    }
    return 0;
  }

  @Override
  public boolean wantsTail(String fileName) {
    String name = fileName.toLowerCase(Locale.ROOT);
    return name.endsWith(".vhd") || name.endsWith(".vpc");
  }

  /** Beside names a child has the id of its parent (vhd.md section 9.1). */
  @Override
  public boolean parentsById() {
    return true;
  }

  @Override
  public DiskImage open(ImageInput input, OpenOptions options) throws IOException {
    VhdImage image = read(input, options);
    if (options.purpose() == Purpose.READ || options.purpose() == Purpose.WRITE) {
      image.requireReadable();
    }
    return image;
  }

  @Override
  public WritableDiskImage openForWriting(ImageTarget target, WriteOptions options)
      throws IOException {
    return VhdWriter.open(target, options);
  }

  @Override
  public WritableDiskImage create(ImageTarget target, CreateOptions options) throws IOException {
    new VhdCreator(target, options).create();
    return VhdWriter.open(target, options.writing());
  }

  /** An image that may be one that cannot be read. */
  static VhdImage read(ImageInput input, OpenOptions options) throws IOException {
    SizeRule rule = SizeRule.of(options.formatOptions().get(SIZE_OPTION));
    VhdHeader header = VhdHeader.read(input, rule, options.io());
    CachedTables tables = new CachedTables(input, options.limits());
    if (header.dynamic() != null) {
      // A table that the cache does not keep would only push its own pages out.
      boolean kept = header.dynamic().tableBytes() <= options.limits().tableCacheBytes();
      TableSource walked = kept ? tables : new OnePage(input, options.limits());
      new BlockTable(header, walked).requireInFile(input, options.io());
    }
    boolean encrypted =
        !header.isStraight()
            && Batmap.mayBeIn(header.footer())
            && Batmap.read(input, header.dynamic(), options.io()).isOfEncryptedDisk();
    return new VhdImage(input, header, encrypted, tables);
  }
}
