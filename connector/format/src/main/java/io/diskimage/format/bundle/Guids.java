package io.diskimage.format.bundle;

import java.util.UUID;
import java.util.regex.Pattern;

/** GUIDs as descriptors write them (parallels-bundle.md section 2). */
final class Guids {
  private static final String HEX =
      "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}";
  private static final Pattern GUID = Pattern.compile("\\{" + HEX + "\\}|" + HEX);

  private Guids() {}

  /** The GUID of a text in any case, with or without braces; null if it is none. */
  static UUID parse(String text) {
    if (!GUID.matcher(text).matches()) {
      return null;
    }
    return UUID.fromString(text.startsWith("{") ? text.substring(1, text.length() - 1) : text);
  }
}
