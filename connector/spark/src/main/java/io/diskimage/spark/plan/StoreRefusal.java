package io.diskimage.spark.plan;

import java.io.IOException;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.security.AccessControlException;

/** A store that does not let somebody in. */
public final class StoreRefusal {
  /** Beginnings of the options that hold the credentials, by scheme. */
  private static final Map<String, String> CREDENTIALS =
      Map.of(
          "s3a", "fs.s3a.",
          "abfs", "fs.azure.",
          "abfss", "fs.azure.",
          "gs", "fs.gs.auth.");

  private StoreRefusal() {}

  /** Whether the store knows the file and keeps it to itself, which it will do again. */
  public static boolean is(IOException failure) {
    return failure instanceof AccessDeniedException || failure instanceof AccessControlException;
  }

  /** What users can do about a failure, to be put behind its message; empty for others. */
  public static String remedy(String path, IOException failure) {
    URI store = new Path(path).toUri();
    String options = store.getScheme() == null ? null : CREDENTIALS.get(store.getScheme());
    if (!is(failure) || options == null) {
      return "";
    }
    return "; credentials of "
        + store.getScheme()
        + "://"
        + store.getAuthority()
        + " are given by the options "
        + options
        + "*, or for all queries by spark.hadoop."
        + options
        + "*";
  }
}
