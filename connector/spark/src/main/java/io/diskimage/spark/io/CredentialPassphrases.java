package io.diskimage.spark.io;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.LockedImageException;
import io.diskimage.format.PassphraseSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.security.alias.CredentialProvider;
import org.apache.hadoop.security.alias.CredentialProvider.CredentialEntry;
import org.apache.hadoop.security.alias.CredentialProviderFactory;

/**
 * Passphrases of encrypted images, kept in Hadoop's credential providers under an alias for each
 * image or one for all. They are looked up where an image is opened and travel nowhere. A setting
 * of the alias' name is no passphrase: configurations are shown.
 */
public final class CredentialPassphrases implements PassphraseSource {
  private static final String NAME = "{name}";
  private static final String UUID = "{uuid}";

  /** What LUKS tools write; an image may hold any text, and shall not choose among aliases. */
  private static final Pattern UUID_TEXT = Pattern.compile("[0-9A-Za-z-]+");

  private final String alias;
  private final Configuration conf;

  /**
   * Passphrases by the option {@code passwordProvider}.
   *
   * @param alias which may contain {@code {name}} and {@code {uuid}}; null for no passphrases
   * @param conf names the providers
   */
  public CredentialPassphrases(String alias, Configuration conf) {
    this.alias = alias;
    this.conf = conf;
  }

  /** Where passphrases are looked for: what they are looked for by, and the providers. */
  public List<String> places() {
    return alias == null
        ? List.of()
        : List.of(alias, conf.get(CredentialProviderFactory.CREDENTIAL_PROVIDER_PATH, ""));
  }

  @Override
  public byte[] passphrase(ImageInput image, String uuid) throws IOException {
    if (alias == null) {
      return null;
    }
    String wanted = alias(image.location(), uuid);
    List<CredentialProvider> providers = CredentialProviderFactory.getProviders(conf);
    if (providers.isEmpty()) {
      throw locked(
          image.location(),
          "there is no credential provider ("
              + CredentialProviderFactory.CREDENTIAL_PROVIDER_PATH
              + " is not set)");
    }
    for (CredentialProvider provider : providers) {
      CredentialEntry entry = provider.getCredentialEntry(wanted);
      if (entry != null) {
        return bytes(entry.getCredential());
      }
    }
    throw locked(image.location(), "the credential providers have no alias '" + wanted + "'");
  }

  private String alias(String location, String uuid) throws LockedImageException {
    String identified = alias;
    if (alias.contains(UUID)) {
      if (uuid == null || !UUID_TEXT.matcher(uuid).matches()) {
        throw locked(location, "the image has no UUID for the alias '" + alias + "'");
      }
      identified = alias.replace(UUID, uuid);
    }
    return identified.replace(NAME, new Path(location).getName());
  }

  private static LockedImageException locked(String location, String why) {
    return new LockedImageException(
        location, ImageException.NO_OFFSET, "option passwordProvider: " + why);
  }

  /** The characters may be the provider's own and are left alone. */
  private static byte[] bytes(char[] credential) {
    CharsetEncoder encoder =
        UTF_8
            .newEncoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    byte[] room = new byte[(int) Math.ceil(credential.length * encoder.maxBytesPerChar())];
    ByteBuffer encoded = ByteBuffer.wrap(room);
    encoder.encode(CharBuffer.wrap(credential), encoded, true);
    byte[] bytes = Arrays.copyOf(room, encoded.position());
    Arrays.fill(room, (byte) 0);
    return bytes;
  }
}
