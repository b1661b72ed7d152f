package io.diskimage.format.vhd;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The parts of a file that are neither blocks nor the footer at its end, in host order. */
final class MetadataAreas {
  private final List<Area> areas = new ArrayList<>();

  private record Area(long from, long to) {}

  /** Told of bytes that no area holds. */
  @FunctionalInterface
  interface GapVisitor {
    void gap(long from, long to);
  }

  /** Adds an area; what reaches behind the end of the file is none. */
  void add(long from, long length, long fileLength) {
    if (length > 0 && from >= 0 && from <= fileLength - length) {
      areas.add(new Area(from, from + length));
      areas.sort(Comparator.comparingLong(Area::from));
    }
  }

  /** Behind the last of them. */
  long end() {
    return areas.stream().mapToLong(Area::to).max().orElse(0);
  }

  boolean overlaps(long from, long to) {
    for (Area area : areas) {
      if (area.from < to && from < area.to) {
        return true;
      }
    }
    return false;
  }

  /** Visits what lies between two host offsets and in no area. */
  void gaps(long from, long to, GapVisitor visitor) {
    long at = from;
    for (Area area : areas) {
      if (area.to > at && area.from < to) {
        if (area.from > at) {
          visitor.gap(at, area.from);
        }
        at = area.to;
      }
    }
    if (at < to) {
      visitor.gap(at, to);
    }
  }
}
