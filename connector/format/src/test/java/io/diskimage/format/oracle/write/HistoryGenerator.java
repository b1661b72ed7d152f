package io.diskimage.format.oracle.write;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Makes histories at random. Many borders of requests lie at those of clusters or close to them,
 * others in the middle of a sector, and requests are near one another, for them to overlap.
 */
final class HistoryGenerator {
  private static final long SECTOR = 512;

  /** Clusters around which most requests lie. */
  private static final int WINDOW = 8;

  /** What is called a long request, in bytes, where clusters are larger. */
  private static final long LONG = 64 << 10;

  private final Random random;
  private final long cluster;
  private final List<Step.Kind> kinds;
  private long size;

  /**
   * Histories of one disk.
   *
   * @param size of it, in bytes
   * @param cluster bytes
   */
  HistoryGenerator(Random random, long size, long cluster, Set<Step.Kind> kinds) {
    this.random = random;
    this.size = size;
    this.cluster = cluster;
    this.kinds = new ArrayList<>(kinds);
    this.kinds.remove(Step.Kind.FLUSH);
    // Data make the rest matter.
    this.kinds.add(Step.Kind.WRITE);
    this.kinds.add(Step.Kind.WRITE);
  }

  /** A history in which everything comes in any order. */
  History history(int steps) {
    List<List<Step>> sessions = new ArrayList<>();
    List<Step> session = new ArrayList<>();
    boolean givesUp = kinds.contains(Step.Kind.DISCARD);
    boolean cuts = kinds.contains(Step.Kind.GROW) && kinds.contains(Step.Kind.SHRINK);
    for (int i = 0; i < steps; i++) {
      if (givesUp && size >= 2 * cluster && random.nextInt(12) == 0) {
        session.addAll(exchange());
      }
      if (cuts && size > cluster && random.nextInt(20) == 0) {
        session.addAll(renewal());
      }
      session.add(random.nextInt(6) == 0 ? new Step.Flush() : step());
      if (random.nextInt(8) == 0) {
        sessions.add(session);
        session = new ArrayList<>();
      }
    }
    if (!session.isEmpty()) {
      sessions.add(session);
    }
    return new History(sessions);
  }

  /**
   * A history that QEMU carries out, too. It refuses compressed writes where a cluster is stored
   * already, and version 7.2 goes on filling the last compressed cluster after a later request has
   * freed it: they come first, and in a session of their own.
   *
   * @param fresh whether nothing is stored on the disk
   */
  History historyForQemu(int steps, boolean fresh) {
    boolean compresses = kinds.removeIf(kind -> kind == Step.Kind.COMPRESSED);
    List<List<Step>> sessions = new ArrayList<>();
    if (compresses && fresh) {
      List<Step> compressed = compressedOnce();
      if (!compressed.isEmpty()) {
        sessions.add(compressed);
      }
    }
    sessions.addAll(history(steps).sessions());
    return new History(sessions);
  }

  private List<Step> compressedOnce() {
    BitSet touched = new BitSet();
    List<Step> steps = new ArrayList<>();
    for (int i = random.nextInt(6); i > 0; i--) {
      long whole = size / cluster;
      int number = whole == 0 ? 0 : (int) random.nextLong(Math.min(whole, 4 * WINDOW));
      if (number < whole && !touched.get(number)) {
        touched.set(number);
        steps.add(new Step.Write(number * cluster, cluster, Fill.random(random), true));
      }
    }
    return steps;
  }

  private Step step() {
    Step.Kind kind = kinds.get(random.nextInt(kinds.size()));
    if (size == 0 && kind != Step.Kind.GROW) {
      return new Step.Flush();
    }
    long offset = offset();
    long length = Math.min(length(), size - offset);
    return switch (kind) {
      case WRITE -> new Step.Write(offset, length, Fill.random(random), false);
      case ZEROES -> new Step.Zeroes(offset, length, random.nextBoolean());
      case DISCARD -> new Step.Discard(offset, length);
      case COMPRESSED -> compressed(offset);
      case GROW -> resize(size + SECTOR * (1 + random.nextLong(growth() / SECTOR)));
      case SHRINK -> resize(size - SECTOR * random.nextLong(1 + size / 3 / SECTOR));
      case FLUSH -> new Step.Flush();
    };
  }

  /** Gives up a cluster whose content is there for good, and at once wants room for another one. */
  private List<Step> exchange() {
    long clusters = size / cluster;
    long givenUp = random.nextLong(clusters) * cluster;
    long wanted = random.nextLong(clusters) * cluster;
    long length = Math.min(cluster, LONG);
    return List.of(
        new Step.Write(givenUp, length, Fill.random(random), false),
        new Step.Flush(),
        new Step.Discard(givenUp, cluster),
        new Step.Write(wanted, length, Fill.random(random), false));
  }

  /**
   * Cuts off the last cluster, whose content is there for good, and once the disk has its size
   * again, stores a part of that cluster: maybe where the former one was.
   */
  private List<Step> renewal() {
    long last = (size - 1) / cluster * cluster;
    long length = Math.min(size - last, LONG);
    long again = last + random.nextLong(size - last);
    return List.of(
        new Step.Write(last, length, Fill.random(random), false),
        new Step.Flush(),
        new Step.Resize(last),
        new Step.Resize(size),
        new Step.Flush(),
        new Step.Write(again, Math.min(size - again, SECTOR), Fill.random(random), false));
  }

  /** At most so many bytes: rarely more than a table of small clusters maps. */
  private long growth() {
    return Math.max(2 * cluster, random.nextInt(4) == 0 ? 4 * LONG : 0);
  }

  private Step compressed(long offset) {
    long from = offset / cluster * cluster;
    long clusters = 1L + random.nextInt(3);
    long length = Math.min(clusters * cluster, size - from);
    return new Step.Write(from, length, Fill.random(random), true);
  }

  private Step resize(long newSize) {
    size = random.nextInt(3) == 0 ? Math.max(cluster, newSize / cluster * cluster) : newSize;
    return new Step.Resize(size);
  }

  private long offset() {
    long clusters = (size + cluster - 1) / cluster;
    long first = random.nextInt(4) == 0 ? random.nextLong(clusters) : clusters / 3;
    long near = (first + random.nextLong(Math.min(clusters, WINDOW))) * cluster;
    long offset =
        switch (random.nextInt(8)) {
          case 0 -> size - 1 - random.nextLong(Math.min(size, 2 * SECTOR));
          case 1 -> near + SECTOR * random.nextLong(cluster / SECTOR);
          case 2 -> near + random.nextLong(cluster);
          case 3 -> near + SECTOR * (random.nextInt(5) - 2);
          case 4 -> near + random.nextLong(3 * SECTOR) - SECTOR;
          default -> near;
        };
    return Math.max(0, Math.min(offset, size - 1));
  }

  private long length() {
    long some = Math.min(cluster, LONG);
    return switch (random.nextInt(8)) {
      case 0 -> 1L + random.nextInt(612);
      case 1 -> SECTOR;
      case 2 -> SECTOR * (1 + random.nextLong(2 * some / SECTOR));
      case 3 -> 1 + random.nextLong(3 * some);
      case 4 -> cluster * (1 + random.nextInt(3));
      case 5 -> cluster + SECTOR * (random.nextInt(3) - 1) + 1 + random.nextInt(3);
      default -> Math.min(cluster, 4 * LONG);
    };
  }
}
