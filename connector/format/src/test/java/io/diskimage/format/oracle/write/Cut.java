package io.diskimage.format.oracle.write;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * A crash. Of what was written since the last flush a part is there, as the kind says.
 *
 * @param events writes and flushes that came before
 * @param seed of what is random in it
 */
record Cut(int events, Kind kind, long seed) {

  /** Which of the writes since the last flush are there. */
  enum Kind {
    /** All, as when only the process dies; the last one is torn. */
    IN_ORDER,
    /** All but one. */
    ONE_LOST,
    /** The last one, and no other. */
    ONLY_THE_LAST,
    /** Any. */
    SOME,
    /** Any, each whole or torn. */
    SOME_TORN,
    /** Any, later ones maybe below earlier ones. */
    SOME_IN_ANY_ORDER
  }

  /** A crash of some kind after so many writes and flushes. */
  static Cut after(int events, Random random) {
    Kind[] kinds = Kind.values();
    return new Cut(events, kinds[random.nextInt(kinds.length)], random.nextLong());
  }

  void apply(List<TargetWrite> since, MemoryTarget file) throws IOException {
    Random random = new Random(seed);
    int last = since.size() - 1;
    if (last < 0) {
      return;
    }
    switch (kind) {
      case IN_ORDER -> {
        for (TargetWrite write : since.subList(0, last)) {
          write.applyTo(file);
        }
        since.get(last).applyTorn(file, random);
      }
      case ONE_LOST -> {
        int lost = random.nextInt(since.size());
        for (int i = 0; i <= last; i++) {
          if (i != lost) {
            since.get(i).applyTo(file);
          }
        }
      }
      case ONLY_THE_LAST -> since.get(last).applyTo(file);
      case SOME -> {
        for (TargetWrite write : some(since, random)) {
          write.applyTo(file);
        }
      }
      case SOME_TORN -> {
        for (TargetWrite write : some(since, random)) {
          if (random.nextBoolean()) {
            write.applyTo(file);
          } else {
            write.applyTorn(file, random);
          }
        }
      }
      case SOME_IN_ANY_ORDER -> {
        List<TargetWrite> shuffled = some(since, random);
        Collections.shuffle(shuffled, random);
        for (TargetWrite write : shuffled) {
          write.applyTo(file);
        }
      }
    }
  }

  private static List<TargetWrite> some(List<TargetWrite> since, Random random) {
    List<TargetWrite> some = new ArrayList<>();
    for (TargetWrite write : since) {
      if (random.nextBoolean()) {
        some.add(write);
      }
    }
    return some;
  }
}
