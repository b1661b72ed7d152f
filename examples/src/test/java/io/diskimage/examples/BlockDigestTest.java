package io.diskimage.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockDigestTest {
  private final BlockDigest digest = new BlockDigest();

  @Test
  void isTheSha256OfTheBytes() {
    // FIPS 180-2, appendix B.1.
    assertThat(digest.call("abc".getBytes(StandardCharsets.US_ASCII)))
        .isEqualTo(
            HexFormat.of()
                .parseHex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 512, 65535, 65536, 65537, 200000})
  void isEmptyForZerosOnly(int length) {
    byte[] block = new byte[length];
    assertThat(digest.call(block)).isEmpty();

    block[length - 1] = 1;
    assertThat(digest.call(block)).hasSize(32);
  }

  @Test
  void isNullForABlockThatCouldNotBeRead() {
    assertThat(digest.call(null)).isNull();
  }
}
