package io.diskimage.format.oracle.damage;

import io.diskimage.format.oracle.damage.Entries.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/** Damages the copy of an image in random places of its {@link Layout}, and notes what it did. */
final class Mutation {
  private static final int SECTOR = 512;

  /** Of a large table only so many entries are searched for ones in use. */
  private static final long MOST_SEARCHED = 4096;

  private final Random random;
  private final Layout layout;
  private final ImageBytes image;
  private final List<String> done = new ArrayList<>();
  private final WrongValues wrong;

  /** An entry of a table. */
  private record Place(Entries entries, long index) {}

  Mutation(Random random, Layout layout, ImageBytes image) {
    this.random = random;
    this.layout = layout;
    this.image = image;
    this.wrong = new WrongValues(random, layout, image.length());
  }

  /** What was done, in order. */
  List<String> done() {
    return done;
  }

  /** Sets an entry, and notes it. */
  void set(Entries entries, long index, long value) {
    set(new Place(entries, index), value);
  }

  /** Damages the image once, a few times, or in many places; now and then not at all. */
  void someDamage() {
    int times =
        switch (random.nextInt(20)) {
          case 0 -> 0;
          case 1, 2, 3, 4, 5 -> 2 + random.nextInt(3);
          case 6, 7 -> 5 + random.nextInt(40);
          default -> 1;
        };
    for (int i = 0; i < times; i++) {
      damage();
    }
  }

  void damage() {
    switch (random.nextInt(24)) {
      case 0, 1 -> truncate();
      case 2 -> extend();
      case 3, 4, 5 -> share();
      case 6, 7 -> swap();
      case 8 -> noise();
      case 9 -> wipe();
      default -> {
        Place place = place(group());
        set(place, wrong.value(place.entries(), value(place)));
      }
    }
  }

  private void truncate() {
    long length =
        switch (random.nextInt(5)) {
          case 0 -> random.nextLong(image.length() + 1);
          case 1 -> wrong.landmark();
          case 2 -> Math.max(0, image.length() - 1 - random.nextInt(2 * SECTOR));
          case 3 -> image.length() / layout.clusterSize() * layout.clusterSize();
          default -> Math.max(0, image.length() - random.nextLong(3 * layout.clusterSize()));
        };
    image.resize(Math.min(length, image.length()));
    done.add("truncated to " + image.length());
  }

  private void extend() {
    long old = image.length();
    long more =
        switch (random.nextInt(3)) {
          case 0 -> 1 + random.nextInt(2 * SECTOR);
          case 1 -> layout.clusterSize() * (1 + random.nextInt(4));
          default -> 1 + random.nextLong(4 * layout.clusterSize());
        };
    image.resize(old + more);
    if (random.nextBoolean()) {
      image.write(old, bytes((int) Math.min(more, 8 * SECTOR)));
    }
    done.add("extended by " + more);
  }

  private void share() {
    String group = tableGroup();
    Place from = place(group);
    Place to = place(group);
    set(to, value(from));
  }

  private void swap() {
    String group = tableGroup();
    Place one = place(group);
    Place other = place(group);
    long value = value(one);
    set(one, value(other));
    set(other, value);
  }

  /** Rubbish over some entries of a table. */
  private void noise() {
    Place place = place(tableGroup());
    int length = 8 * (1 + random.nextInt(8));
    image.write(place.entries().at(place.index()), bytes(length));
    done.add(length + " random bytes from " + place.entries().describe(place.index()));
  }

  /** Zeros over a table, or over many of its entries. */
  private void wipe() {
    Place place = place(tableGroup());
    long length = Math.min(layout.clusterSize(), 1L << (3 + random.nextInt(12)));
    image.write(place.entries().at(place.index()), new byte[(int) length]);
    done.add(length + " zeros from " + place.entries().describe(place.index()));
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Any group; the header, which has the most kinds of fields, more often than others. */
  private String group() {
    if (random.nextInt(3) == 0) {
      return Layout.HEADER;
    }
    List<String> groups = groups(layout.entries());
    return groups.get(random.nextInt(groups.size()));
  }

  /** A group that has many entries. */
  private String tableGroup() {
    List<String> groups =
        groups(layout.entries().stream().filter(some -> some.role() != Role.NUMBER).toList());
    return groups.get(random.nextInt(groups.size()));
  }

  private static List<String> groups(List<Entries> entries) {
    return List.copyOf(entries.stream().map(Entries::group).collect(Collectors.toSet())).stream()
        .sorted()
        .toList();
  }

  /** An entry of a group; rather one in use than an empty one. */
  private Place place(String group) {
    List<Entries> candidates =
        layout.entries().stream().filter(some -> some.group().equals(group)).toList();
    Entries entries = candidates.get(random.nextInt(candidates.size()));
    if (random.nextInt(5) > 0) {
      List<Long> used = new ArrayList<>();
      for (long i = 0; i < Math.min(entries.count(), MOST_SEARCHED); i++) {
        if (!isEmpty(entries, entries.value(image, i))) {
          used.add(i);
        }
      }
      if (!used.isEmpty()) {
        return new Place(entries, used.get(random.nextInt(used.size())));
      }
    }
    return new Place(entries, random.nextLong(entries.count()));
  }

  /** Whether an entry stands for nothing: 0, or in the map of a VDI image the two highest ones. */
  private static boolean isEmpty(Entries entries, long value) {
    return value == 0 || (entries.width() == 4 && value >= 0xffff_fffeL);
  }

  private long value(Place place) {
    return place.entries().value(image, place.index());
  }

  private void set(Place place, long value) {
    Entries entries = place.entries();
    long old = value(place);
    image.number(entries.at(place.index()), entries.width(), value);
    done.add(String.format("%s %x -> %x", entries.describe(place.index()), old, value(place)));
  }
}
