package io.diskimage.format;

import java.util.Objects;
import java.util.function.Supplier;

/**
 * One file of an image, and what turns bytes stored there into guest bytes.
 *
 * @param input the file
 * @param decoder makes a decoder for compressed clusters, one per thread; null if nothing in the
 *     file is compressed
 * @param decodedSize bytes that a compressed cluster decodes to; 0 if nothing is compressed
 * @param limits bound what a compressed cluster may decode to
 * @param cipher makes what decrypts the runs that are {@link ExtentCursor#ENCRYPTED}, one per
 *     thread; null if nothing is encrypted
 */
public record StoredInput(
    ImageInput input,
    Supplier<ClusterDecoder> decoder,
    int decodedSize,
    Limits limits,
    Supplier<SectorCipher> cipher) {

  public StoredInput {
    Objects.requireNonNull(input, "input");
    Objects.requireNonNull(limits, "limits");
    if ((decoder == null) != (decodedSize == 0) || decodedSize < 0) {
      throw new IllegalArgumentException("decoded size " + decodedSize);
    }
  }

  /** A file whose bytes are guest bytes as they are. */
  public static StoredInput plain(ImageInput input) {
    return new StoredInput(input, null, 0, Limits.DEFAULT, null);
  }

  /** The same file with clusters that are decoded to {@code size} bytes, if limits allow it. */
  public StoredInput compressed(Supplier<ClusterDecoder> newDecoder, int size, Limits bounds) {
    return new StoredInput(input, newDecoder, size, bounds, cipher);
  }

  /** The same file with encrypted runs. */
  public StoredInput encrypted(Supplier<SectorCipher> newCipher) {
    return new StoredInput(input, decoder, decodedSize, limits, newCipher);
  }
}
