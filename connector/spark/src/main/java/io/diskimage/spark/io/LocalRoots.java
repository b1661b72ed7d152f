package io.diskimage.spark.io;

import io.diskimage.spark.plan.ImageFile;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Local directories that references may lead into. A path is followed component by component, as
 * the operating system does, but for what lies outside: of that nothing is asked.
 */
final class LocalRoots {
  /** As many as Linux follows. */
  private static final int MAX_LINKS = 40;

  private final List<Root> roots;
  private final FileLinks links;

  /**
   * A directory.
   *
   * @param given as it was named
   * @param real without links
   */
  private record Root(Path given, Path real) {}

  private LocalRoots(List<Root> roots, FileLinks links) {
    this.roots = List.copyOf(roots);
    this.links = links;
  }

  /** Directories that are not there have nothing below them. */
  static LocalRoots of(List<Path> directories, FileLinks links) throws IOException {
    List<Root> roots = new ArrayList<>();
    for (Path directory : directories) {
      try {
        roots.add(new Root(directory.normalize(), directory.toRealPath()));
      } catch (NoSuchFileException missing) {
        roots.add(new Root(directory.normalize(), directory.normalize()));
      }
    }
    return new LocalRoots(roots, links);
  }

  /**
   * Follows a path.
   *
   * @return with the file as it is called below the root it lies in, without any link that stands
   *     there
   * @param components from the root of the file system on, {@code ..} among them
   */
  Target look(List<String> components) throws IOException {
    try {
      return new Walk(components).run();
    } catch (InvalidPathException notOfThisMachine) {
      FileSystemException refusal =
          new FileSystemException(
              String.join("/", components), null, "the machine takes no such name");
      refusal.initCause(notOfThisMachine);
      throw refusal;
    }
  }

  private boolean isInside(Path path) {
    return roots.stream().anyMatch(root -> path.startsWith(root.real()));
  }

  /** A real path below a root as users spell the root. */
  private Path named(Path path) {
    for (Root root : roots) {
      if (path.startsWith(root.real())) {
        return root.given().resolve(root.real().relativize(path));
      }
    }
    throw new IllegalStateException(path + " is in no root");
  }

  /** A directory above a root is known to be one and no link: the root's real path has it. */
  private boolean isOnTheWay(Path path) {
    return roots.stream().anyMatch(root -> root.real().startsWith(path));
  }

  private final class Walk {
    private final Deque<String> left = new ArrayDeque<>();
    private Path at;
    private int followed;

    Walk(List<String> components) {
      startOver(components);
    }

    /** Goes to the root of the file system, or straight to a root that the path begins with. */
    private void startOver(List<String> components) {
      at = Path.of("/");
      int passed = 0;
      for (Root root : roots) {
        int count = root.given().getNameCount();
        if (count > passed && count <= components.size() && beginsWith(components, root.given())) {
          at = root.real();
          passed = count;
        }
      }
      left.clear();
      left.addAll(components.subList(passed, components.size()));
    }

    private boolean beginsWith(List<String> components, Path given) {
      for (int i = 0; i < given.getNameCount(); i++) {
        if (!given.getName(i).toString().equals(components.get(i))) {
          return false;
        }
      }
      return true;
    }

    Target run() throws IOException {
      BasicFileAttributes last = null;
      while (!left.isEmpty()) {
        String component = left.removeFirst();
        last = null;
        if (component.equals("..")) {
          at = at.getParent() == null ? at : at.getParent();
          continue;
        }
        Path next = at.resolve(component);
        if (isOnTheWay(next)) {
          at = next;
          continue;
        }
        if (!isInside(next)) {
          return Target.OUTSIDE;
        }
        try {
          last = links.attributes(next);
        } catch (NoSuchFileException missing) {
          return Target.MISSING;
        }
        if (last.isSymbolicLink()) {
          followed++;
          if (followed > MAX_LINKS) {
            return Target.MISSING;
          }
          follow(links.target(next));
        } else if (!last.isDirectory() && !left.isEmpty()) {
          return Target.MISSING;
        } else {
          at = next;
        }
      }
      return isInside(at) ? found(last) : Target.OUTSIDE;
    }

    private Target found(BasicFileAttributes attributes) {
      return attributes == null || !attributes.isRegularFile()
          ? Target.NO_FILE
          : Target.file(
              new ImageFile(
                  "file:" + named(at),
                  attributes.size(),
                  attributes.lastModifiedTime().toMillis()));
    }

    private void follow(Path target) {
      List<String> components = new ArrayList<>();
      for (Path each : target) {
        if (!each.toString().isEmpty() && !each.toString().equals(".")) {
          components.add(each.toString());
        }
      }
      components.addAll(left);
      if (target.isAbsolute()) {
        startOver(components);
      } else {
        left.clear();
        left.addAll(components);
      }
    }
  }
}
