package io.diskimage.format.qcow2;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.AllocationSummary;
import io.diskimage.format.DiskImage;
import io.diskimage.format.IoCounters;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import java.io.IOException;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Random tables, many of them under several names, against counting run by run. */
class StoredClustersTest {
  private static final int BITS = 9;
  private static final int CLUSTER = 1 << BITS;
  private static final int L2_ENTRIES = CLUSTER / 8;

  private static DiskImage image(Random random) throws IOException {
    int tables = 1 + random.nextInt(60);
    long size = (long) tables * L2_ENTRIES * CLUSTER - 512L * random.nextInt(L2_ENTRIES);
    Qcow2Bytes bytes = Qcow2Bytes.v3(BITS, size);
    for (int cluster = 0; cluster < tables * L2_ENTRIES; cluster++) {
      switch (random.nextInt(40)) {
        case 0 -> bytes.map(cluster, Qcow2Bytes.ZERO);
        case 1, 2, 3, 4 -> bytes.map(cluster, 512L * (100 + random.nextInt(10)));
        default -> {}
      }
    }
    for (int i = 0; i < tables; i++) {
      if (random.nextInt(3) == 0) {
        bytes.patch().u64(bytes.l1At(i), (4L + random.nextInt(tables)) * CLUSTER);
      }
    }
    return new Qcow2Format().open(bytes.input(), OpenOptions.of(Purpose.READ));
  }

  @Property(tries = 300)
  void countsWhatTheRunsSay(@ForAll Random random) throws IOException {
    IoCounters io = new IoCounters();
    try (DiskImage image = image(random)) {
      AllocationSummary expected =
          AllocationSummary.count(
              image.extents(0, image.virtualSize(), io), image.virtualSize(), CLUSTER);

      AllocationSummary allocation = image.allocation(io);

      assertThat(allocation.regionSize()).isEqualTo(expected.regionSize());
      for (int region = 0; region < expected.regions(); region++) {
        assertThat(allocation.stored(region)).isEqualTo(expected.stored(region));
      }
      assertThat(allocation.total()).isEqualTo(expected.total());
    }
  }
}
