package io.diskimage.format.parallels;

import io.diskimage.format.Bytes;
import io.diskimage.format.CreateOptions;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.InvalidOptionException;
import io.diskimage.format.write.FormatOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Creates images of the extended format as parallels.md section 6 says. */
final class ParallelsCreator {
  private static final long DEFAULT_CLUSTER = 1 << 20;
  private static final int HEADS = 16;
  private static final int SECTORS_PER_TRACK = 32;

  private final ImageTarget target;
  private final long sectors;
  private final long tracks;
  private final long entries;

  /**
   * Takes the options.
   *
   * @throws InvalidOptionException if they are refused
   */
  ParallelsCreator(ImageTarget target, CreateOptions options) {
    this.target = target;
    FormatOptions given = FormatOptions.of(options);
    long cluster = given.size("cluster_size", DEFAULT_CLUSTER);
    given.hostPreallocation();
    given.requireNoOthers();
    // Above this the image could not be opened.
    if (cluster > ParallelsHeader.MAX_TRACKS * 512) {
      throw new InvalidOptionException("Cluster size is too large");
    }
    this.tracks = ceilDiv(cluster, 512);
    this.sectors = ceilDiv(options.virtualSize(), 512);
    if (cluster == 0 || sectors >= tracks << 32) {
      throw new InvalidOptionException("Image size is too large for this cluster size");
    }
    this.entries = ceilDiv(sectors, tracks);
    if (entries > ParallelsHeader.MAX_BAT_ENTRIES) {
      throw new InvalidOptionException("Catalog too large");
    }
  }

  void create() throws IOException {
    long dataOff =
        ceilDiv(ParallelsHeader.BYTES + entries * BlockTable.ENTRY_BYTES, tracks * 512) * tracks;
    byte[] header = new byte[ParallelsHeader.BYTES];
    byte[] magic = ParallelsHeader.MAGIC_2.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(magic, 0, header, 0, magic.length);
    Bytes.putU32le(header, 16, ParallelsHeader.VERSION);
    Bytes.putU32le(header, 20, HEADS);
    Bytes.putU32le(header, 24, Math.min(0xffff_ffffL, sectors / HEADS / SECTORS_PER_TRACK));
    Bytes.putU32le(header, 28, tracks);
    Bytes.putU32le(header, 32, entries);
    Bytes.putU64le(header, 36, sectors);
    Bytes.putU32le(header, 48, dataOff);
    target.setLength(0);
    target.write(0, header, 0, header.length);
    target.setLength(dataOff * 512);
    target.flush();
  }

  private static long ceilDiv(long value, long divisor) {
    return value / divisor + (value % divisor == 0 ? 0 : 1);
  }
}
