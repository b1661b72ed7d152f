package io.diskimage.spark.io;

import io.diskimage.format.Reference;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.Path;

/**
 * What the name in a reference says, by rules alone: nobody asks a store.
 *
 * @param start directory at which the components begin; null if the name leads to no path
 * @param components from there on, {@code ..} among them
 * @param absolute the image does not decide where its target is looked for
 * @param climbs a component is {@code ..}
 * @param protocol the name is for a protocol of QEMU, such as {@code json:} and {@code nbd:}
 */
public record ReferenceName(
    Path start, List<String> components, boolean absolute, boolean climbs, boolean protocol) {
  private static final Pattern DRIVE = Pattern.compile("[A-Za-z]:(?=[\\\\/]|$)");
  private static final String UNC = "\\\\";
  private static final String UP = "..";

  public ReferenceName {
    components = List.copyOf(components);
  }

  /**
   * The name of a reference in an image.
   *
   * @param image qualified path of the file
   */
  public static ReferenceName of(Path image, Reference reference) {
    String target = reference.target();
    boolean drive = DRIVE.matcher(target).lookingAt();
    boolean windows = drive || target.startsWith(UNC) || reference.isWindowsName();
    boolean windowsPath = windows && (drive || target.startsWith("\\"));
    boolean absolute = windowsPath || target.startsWith("/");
    boolean protocol = !drive && isProtocol(target, windows);
    String local = drive ? target.substring(2) : target;
    List<String> components =
        new ArrayList<>(Arrays.asList(local.split(windows ? "[\\\\/]" : "/")));
    components.removeIf(each -> each.isEmpty() || each.equals("."));
    boolean climbs = components.contains(UP);
    // Elsewhere the last component of a path of Windows is looked for beside the image (vhd.md
    // section 9.2).
    boolean beside = windowsPath || reference.isPlainName();
    if (beside && !components.isEmpty()) {
      components = components.subList(components.size() - 1, components.size());
    }
    boolean leadsNowhere =
        target.isEmpty()
            || protocol
            || target.indexOf('\0') >= 0
            || (beside && (components.isEmpty() || components.get(0).equals(UP)));
    Path start = absolute && !beside ? path(image, "/") : image.getParent();
    return new ReferenceName(leadsNowhere ? null : start, components, absolute, climbs, protocol);
  }

  /** As QEMU has it: a colon in front of the first separator. */
  private static boolean isProtocol(String target, boolean windows) {
    for (int i = 0; i < target.length(); i++) {
      char character = target.charAt(i);
      if (character == ':') {
        return true;
      }
      if (character == '/' || (windows && character == '\\')) {
        return false;
      }
    }
    return false;
  }

  /** Where the name leads if no directory on the way is a link; null if it leads to no path. */
  public Path resolved() {
    if (start == null) {
      return null;
    }
    Deque<String> resolved = new ArrayDeque<>();
    for (String component : allComponents()) {
      if (!component.equals(UP)) {
        resolved.addLast(component);
      } else if (!resolved.isEmpty()) {
        resolved.removeLast();
      }
    }
    return path(start, "/" + String.join("/", resolved));
  }

  /** The components from the root on. */
  List<String> allComponents() {
    List<String> all = new ArrayList<>(Arrays.asList(start.toUri().getPath().split("/")));
    all.removeIf(String::isEmpty);
    all.addAll(components);
    return all;
  }

  /** A path of the same store. */
  private static Path path(Path other, String path) {
    URI store = other.toUri();
    return new Path(store.getScheme(), store.getAuthority(), path);
  }
}
