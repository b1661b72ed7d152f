package io.diskimage.spark.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.ImageInput;
import io.diskimage.format.LockedImageException;
import io.diskimage.spark.Keys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How passphrases are found, and what is said where they are not. */
class CredentialPassphrasesTest {
  private static final ImageInput IMAGE =
      new BytesImageInput("hdfs://nn/vm/a b.qcow2", new byte[0]);
  private static final String ID = "f0160b1d-c180-420f-8119-b7524266feb7";

  @TempDir private Path directory;
  private final Configuration conf = new Configuration(false);

  @BeforeEach
  void makeStore() {
    Map<String, String> passphrases =
        Map.of("all", "one", "vm-a b.qcow2", "two", ID, "thrée", "a b.qcow2/" + ID, "four");
    conf.set(Keys.SETTING, Keys.store(directory.resolve("keys.jceks"), passphrases));
  }

  private String found(String alias) throws IOException {
    return new String(new CredentialPassphrases(alias, conf).passphrase(IMAGE, ID), UTF_8);
  }

  private String refusal(String alias, String uuid) {
    LockedImageException refusal =
        catchThrowableOfType(
            LockedImageException.class,
            () -> new CredentialPassphrases(alias, conf).passphrase(IMAGE, uuid));
    assertThat(refusal.location()).isEqualTo(IMAGE.location());
    return refusal.detail();
  }

  @Test
  void takesNameAndUuidOfTheImageIntoTheAlias() throws IOException {
    assertThat(found("all")).isEqualTo("one");
    assertThat(found("vm-{name}")).isEqualTo("two");
    assertThat(found("{uuid}")).isEqualTo("thrée");
    assertThat(found("{name}/{uuid}")).isEqualTo("four");
  }

  @Test
  void asksAllProvidersInTheirOrder() throws IOException {
    String second = Keys.store(directory.resolve("more.jceks"), Map.of("all", "x", "other", "y"));
    conf.set(Keys.SETTING, conf.get(Keys.SETTING) + "," + second);
    assertThat(found("all")).isEqualTo("one");
    assertThat(found("other")).isEqualTo("y");
  }

  @Test
  void knowsNothingWithoutTheOption() throws IOException {
    assertThat(new CredentialPassphrases(null, conf).passphrase(IMAGE, ID)).isNull();
  }

  @Test
  void namesTheAliasThatIsNotThere() {
    assertThat(refusal("no-{name}", ID))
        .contains("option passwordProvider")
        .contains("'no-a b.qcow2'");
  }

  @Test
  void namesTheSettingOfProviders() {
    conf.unset(Keys.SETTING);
    assertThat(refusal("all", ID)).contains("option passwordProvider").contains(Keys.SETTING);
  }

  @Test
  void takesNoSettingForAPassphrase() {
    conf.set("plain", "swordfish");
    assertThat(refusal("plain", ID)).contains("no alias 'plain'").doesNotContain("swordfish");
  }

  @Test
  void letsNoImageChooseAnotherAlias() {
    for (String uuid : new String[] {null, "", "../all", "a{name}", "x\ny"}) {
      assertThat(refusal("{uuid}", uuid)).contains("no UUID");
    }
  }

  @Test
  void aStoreThatCannotBeReadSaysNothingOfTheImage() throws IOException {
    Files.write(directory.resolve("keys.jceks"), new byte[] {1, 2, 3});
    assertThatThrownBy(() -> found("all"))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(LockedImageException.class);
  }
}
