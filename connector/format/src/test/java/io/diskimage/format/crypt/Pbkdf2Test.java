package io.diskimage.format.crypt;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.ImagePatch;
import java.io.InterruptedIOException;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Key derivation, by the vectors of RFC 6070 and by the JDK's own of characters. */
class Pbkdf2Test {

  private static String sha1(String password, String salt, int iterations, int length)
      throws InterruptedIOException {
    return HexFormat.of()
        .formatHex(
            Pbkdf2.derive(
                HashAlgorithm.SHA1,
                password.getBytes(US_ASCII),
                salt.getBytes(US_ASCII),
                iterations,
                length));
  }

  @Test
  void derivesTheVectorsOfRfc6070() throws InterruptedIOException {
    assertThat(sha1("password", "salt", 1, 20))
        .isEqualTo("0c60c80f961f0e71f3a9b524af6012062fe037a6");
    assertThat(sha1("password", "salt", 4096, 20))
        .isEqualTo("4b007901b765489abead49d926f721d065a429c1");
    assertThat(sha1("passwordPASSWORDpassword", "saltSALTsaltSALTsaltSALTsaltSALTsalt", 4096, 25))
        .isEqualTo("3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038");
    assertThat(sha1("pass\0word", "sa\0lt", 4096, 16))
        .isEqualTo("56fa6aa75548099dcc37d7f03425e0c3");
  }

  /** The JDK has no PBKDF2 with MD5. */
  @ParameterizedTest
  @EnumSource(value = HashAlgorithm.class, mode = Mode.EXCLUDE, names = "MD5")
  void derivesWhatTheJdkDerivesOfCharacters(HashAlgorithm hash)
      throws GeneralSecurityException, InterruptedIOException {
    byte[] salt = ImagePatch.content(1, 32);
    for (int length : new int[] {16, 20, 32, 64, 150}) {
      PBEKeySpec spec = new PBEKeySpec("swordfish".toCharArray(), salt, 77, 8 * length);
      byte[] expected =
          SecretKeyFactory.getInstance("PBKDF2WithHmac" + hash.name())
              .generateSecret(spec)
              .getEncoded();
      assertThat(Pbkdf2.derive(hash, "swordfish".getBytes(US_ASCII), salt, 77, length))
          .as("%d bytes", length)
          .isEqualTo(expected);
    }
  }

  @Test
  void endsWhenTheThreadIsInterrupted() {
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(() -> sha1("password", "salt", Integer.MAX_VALUE, 20))
          .isInstanceOf(InterruptedIOException.class);
    } finally {
      assertThat(Thread.interrupted()).as("still interrupted").isTrue();
    }
  }
}
