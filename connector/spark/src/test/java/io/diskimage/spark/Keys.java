package io.diskimage.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.security.alias.CredentialProvider;
import org.apache.hadoop.security.alias.CredentialProviderFactory;

/** Credential providers of tests, in key stores of their own. */
public final class Keys {
  /** The setting that names the providers. */
  public static final String SETTING = CredentialProviderFactory.CREDENTIAL_PROVIDER_PATH;

  private Keys() {}

  /**
   * Makes a provider.
   *
   * @param file of the key store, which does not exist
   * @return its name, for {@link #SETTING}
   */
  public static String store(Path file, Map<String, String> passphrases) {
    Configuration conf = new Configuration(false);
    String name = "localjceks://file" + file;
    conf.set(SETTING, name);
    try {
      CredentialProvider provider = CredentialProviderFactory.getProviders(conf).get(0);
      for (Map.Entry<String, String> each : passphrases.entrySet()) {
        provider.createCredentialEntry(each.getKey(), each.getValue().toCharArray());
      }
      provider.flush();
      return name;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
