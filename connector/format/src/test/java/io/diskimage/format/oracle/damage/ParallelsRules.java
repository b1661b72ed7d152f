package io.diskimage.format.oracle.damage;

import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The counters of a Parallels image by the rules of QEMU 7.2 and by those of today (parallels.md
 * sections 7.2 and 7.1), worked out from the table in the plainest way.
 */
final class ParallelsRules {
  private static final int SECTOR = 512;
  private static final int BAT_OFFSET = 64;
  private static final long IN_USE = 0x746f_6e59L;

  /** Faults that QEMU counts as corruptions. */
  enum Corruption {
    /** The mark of use is set. */
    UNCLEAN,
    /** The data area begins where it cannot; 7.2 does not look. */
    DATA_OFFSET,
    /** A cluster in front of the data area; 7.2 does not look. */
    IN_METADATA,
    /** A cluster that begins behind the end of the file. */
    BEHIND_FILE,
    /** A cluster that ends behind it, or begins just there; 7.2 does not look. */
    CUT_BY_END,
    /** A cluster that an earlier entry uses; 7.2 does not look. */
    DUPLICATE
  }

  private final ImageBytes image;
  private final boolean version2;
  private final long tracks;
  private final long clusterSize;
  private final long entries;
  private final long fileLength;

  ParallelsRules(ImageBytes image) {
    this.image = image;
    version2 = ParallelsLayout.isVersion2(image);
    tracks = image.number(28, 4);
    clusterSize = tracks * SECTOR;
    entries = image.number(32, 4);
    fileLength = ceilDiv(image.length(), SECTOR) * SECTOR;
  }

  /** Disk size, of which version 1 means the low half. */
  static long sectors(ImageBytes image) {
    return image.number(36, ParallelsLayout.isVersion2(image) ? 8 : 4);
  }

  private long offset(long index) {
    return image.number(BAT_OFFSET + 4 * index, 4) * (version2 ? clusterSize : SECTOR);
  }

  private boolean unclean() {
    return image.number(44, 4) == IN_USE;
  }

  /** By QEMU 7.2. */
  CheckOutcome sevenTwo() {
    long corruptions = unclean() ? 1 : 0;
    long allocated = 0;
    long fragmented = 0;
    long highest = 0;
    long previous = 0;
    for (long i = 0; i < entries; i++) {
      long offset = offset(i);
      if (offset > 0) {
        corruptions += offset > fileLength ? 1 : 0;
        allocated++;
        fragmented += previous > 0 && previous + clusterSize != offset ? 1 : 0;
        highest = Math.max(highest, offset);
      }
      previous = offset;
    }
    long end = highest + clusterSize;
    long leaks = fileLength > end ? ceilDiv(fileLength - end, clusterSize) : 0;
    return outcome(corruptions, leaks, end, allocated, fragmented);
  }

  /**
   * Corruptions that QEMU counts today. Of these, 7.2 counts {@link Corruption#UNCLEAN} and {@link
   * Corruption#BEHIND_FILE}.
   */
  Map<Corruption, Integer> corruptionsToday() {
    Map<Corruption, Integer> corruptions = new EnumMap<>(Corruption.class);
    if (unclean()) {
      corruptions.put(Corruption.UNCLEAN, 1);
    }
    if (!dataOffsetPlausible()) {
      corruptions.put(Corruption.DATA_OFFSET, 1);
    }
    Set<Long> used = new HashSet<>();
    for (long i = 0; i < entries; i++) {
      long offset = offset(i);
      if (offset > 0) {
        place(offset).ifPresent(wrong -> corruptions.merge(wrong, 1, Integer::sum));
        if (inUse(offset) && !used.add((offset - dataStart()) / clusterSize)) {
          corruptions.merge(Corruption.DUPLICATE, 1, Integer::sum);
        }
      }
    }
    return corruptions;
  }

  private Optional<Corruption> place(long offset) {
    if (offset < dataStart()) {
      return Optional.of(Corruption.IN_METADATA);
    }
    if (offset > fileLength) {
      return Optional.of(Corruption.BEHIND_FILE);
    }
    return offset + clusterSize > fileLength
        ? Optional.of(Corruption.CUT_BY_END)
        : Optional.empty();
  }

  /** A cluster that the end of the file cuts is in use all the same. */
  private boolean inUse(long offset) {
    return offset >= dataStart() && offset < fileLength;
  }

  /** By QEMU of today. */
  CheckOutcome today() {
    long dataStart = dataStart();
    long end = dataStart;
    for (long i = 0; i < entries; i++) {
      long offset = offset(i);
      if (offset > 0 && inUse(offset)) {
        end = Math.max(end, offset + clusterSize);
      }
    }
    long extension = image.number(56, 8) * SECTOR;
    long usedEnd = Math.max(end, extension == 0 ? 0 : extension + clusterSize);
    long leaks = fileLength > usedEnd ? ceilDiv(fileLength - usedEnd, clusterSize) : 0;
    long imageEnd =
        leaks > 0
            ? fileLength
            : dataStart + ceilDiv(Math.max(0, fileLength - dataStart), clusterSize) * clusterSize;
    long corruptions = corruptionsToday().values().stream().mapToLong(Integer::longValue).sum();
    return statistics(corruptions, leaks, imageEnd);
  }

  private CheckOutcome statistics(long corruptions, long leaks, long imageEnd) {
    long allocated = 0;
    long fragmented = 0;
    long previous = 0;
    for (long i = 0; i < entries; i++) {
      long offset = offset(i);
      if (offset == 0 || offset + clusterSize > imageEnd) {
        previous = 0;
      } else {
        allocated++;
        fragmented += previous > 0 && previous + clusterSize != offset ? 1 : 0;
        previous = offset;
      }
    }
    return outcome(corruptions, leaks, imageEnd, allocated, fragmented);
  }

  private long leastDataStart() {
    long least = ceilDiv(BAT_OFFSET + 4 * entries, SECTOR);
    return version2 ? ceilDiv(least, tracks) * tracks : least;
  }

  private boolean dataOffsetPlausible() {
    long stored = image.number(48, 4);
    return (!version2 && stored == 0)
        || (leastDataStart() <= stored && stored <= fileLength / SECTOR);
  }

  private long dataStart() {
    long stored = image.number(48, 4);
    return (dataOffsetPlausible() && stored != 0 ? stored : leastDataStart()) * SECTOR;
  }

  private CheckOutcome outcome(
      long corruptions, long leaks, long end, long allocated, long fragmented) {
    Map<String, Long> counters = new LinkedHashMap<>();
    counters.put("check-errors", 0L);
    counters.put("corruptions", corruptions);
    counters.put("leaks", leaks);
    counters.put("image-end-offset", end);
    counters.put("total-clusters", entries);
    counters.put("allocated-clusters", allocated);
    counters.put("fragmented-clusters", fragmented);
    counters.put("compressed-clusters", 0L);
    return CheckOutcome.counted(counters);
  }

  private static long ceilDiv(long value, long divisor) {
    return (value + divisor - 1) / divisor;
  }
}
