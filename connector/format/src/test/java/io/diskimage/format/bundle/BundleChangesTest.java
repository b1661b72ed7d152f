package io.diskimage.format.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.ComparedExtents;
import io.diskimage.format.DiskImage;
import io.diskimage.format.IoCounters;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * States of a bundle are chains of different files, and what they have in common they number
 * differently.
 */
class BundleChangesTest {
  private static final int SECTOR = 512;

  @Test
  void everyByteThatDiffersBetweenTwoStatesHasChanged() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 20; i++) {
      BundleWriter disk = new BundleWriter(random, 333, 1 + random.nextInt(600));
      disk.write(5);
      String first = disk.snapshot();
      disk.write(2);
      disk.snapshot();
      disk.write(2);
      if (random.nextBoolean()) {
        disk.goBackTo(first);
        disk.write(1);
      }
      try (DiskImage image = new BundleFolder().with(disk.files()).open(disk.descriptor())) {
        Map<DiskImage, byte[]> states = new LinkedHashMap<>();
        states.put(image, disk.guest());
        for (Map.Entry<String, byte[]> snapshot : disk.snapshots().entrySet()) {
          states.put(image.at(snapshot.getKey()), snapshot.getValue());
        }
        assertThat(states).hasSizeGreaterThan(2);
        for (DiskImage before : states.keySet()) {
          for (DiskImage after : states.keySet()) {
            String what = "seed " + seed + ", bundle " + i;
            long same = compare(before, states.get(before), after, states.get(after), what);
            if (before == after) {
              assertThat(same).as(what).isEqualTo(after.virtualSize());
            }
          }
        }
      }
    }
  }

  /** Returns how many bytes are told to be the same. */
  private static long compare(
      DiskImage before, byte[] then, DiskImage after, byte[] now, String what) throws IOException {
    ComparedExtents runs =
        ComparedExtents.between(before, after, 0, after.virtualSize(), new IoCounters());
    long same = 0;
    while (runs.next()) {
      assertThat(runs.offset() % SECTOR).isZero();
      if (!runs.changed()) {
        same += runs.length();
        int from = (int) runs.offset();
        int to = from + (int) runs.length();
        assertThat(Arrays.equals(then, from, to, now, from, to))
            .as("%s, %d to %d", what, from, to)
            .isTrue();
      }
    }
    return same;
  }
}
