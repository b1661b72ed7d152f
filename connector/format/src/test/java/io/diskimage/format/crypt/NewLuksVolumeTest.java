package io.diskimage.format.crypt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.CreateOptions;
import io.diskimage.format.InvalidOptionException;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Limits;
import io.diskimage.format.LockedImageException;
import io.diskimage.format.oracle.write.MemoryTarget;
import io.diskimage.format.write.FormatOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** New volumes, read as those of others are. */
class NewLuksVolumeTest {
  private static final long OFFSET = 4096;
  private static final byte[] PASSPHRASE = "right".getBytes(StandardCharsets.UTF_8);

  private static NewLuksVolume with(String name, String value) {
    return NewLuksVolume.of(
        FormatOptions.of(CreateOptions.ofSize(0).with("encrypt.iter-time", "1").with(name, value)));
  }

  private static LuksVolume read(MemoryTarget file, long length) throws IOException {
    return LuksVolume.read(new LuksArea(file, OFFSET, length), new IoCounters());
  }

  @ParameterizedTest
  @CsvSource({
    "cipher-alg,aes-128",
    "cipher-mode,cbc",
    "cipher-mode,ctr",
    "ivgen-alg,plain",
    "ivgen-alg,essiv",
    "hash-alg,sha512"
  })
  void givesItsKeyForThePassphrase(String option, String value) throws IOException {
    NewLuksVolume made = with("encrypt." + option, value);
    MemoryTarget file = new MemoryTarget();
    file.setLength(OFFSET + made.length());
    byte[] sector = new byte[512];
    made.write(file, OFFSET, PASSPHRASE, "a-uuid").encryption().encrypt(sector, 0, 512, 9);
    assertThat(sector).isNotEqualTo(new byte[512]);
    LuksVolume volume = read(file, made.length());
    assertThat(volume.uuid()).isEqualTo("a-uuid");
    volume
        .unlock(PASSPHRASE, Limits.DEFAULT, new IoCounters())
        .decryption()
        .decrypt(sector, 0, 512, 9);
    assertThat(sector).isEqualTo(new byte[512]);
  }

  @Test
  void givesItForNoOther() throws IOException {
    NewLuksVolume made = with("encrypt.hash-alg", "sha1");
    MemoryTarget file = new MemoryTarget();
    file.setLength(OFFSET + made.length());
    made.write(file, OFFSET, PASSPHRASE, "").close();
    LuksVolume volume = read(file, made.length());
    byte[] wrong = "wrong".getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> volume.unlock(wrong, Limits.DEFAULT, new IoCounters()))
        .isInstanceOf(LockedImageException.class);
  }

  @ParameterizedTest
  @CsvSource({"cipher-alg,aes-64", "cipher-mode,gcm", "ivgen-alg,random", "hash-alg,crc32"})
  void refusesWhatItDoesNotKnow(String option, String value) {
    assertThatThrownBy(() -> with("encrypt." + option, value))
        .isInstanceOf(InvalidOptionException.class)
        .hasMessage("Parameter '" + option + "' does not accept value '" + value + "'");
  }
}
