package io.diskimage.format.qcow2;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.CreateOptions;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.WriteOptions;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckOptions;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.ImageCheck;
import io.diskimage.format.check.Verdict;
import io.diskimage.format.oracle.write.CreateCase;
import io.diskimage.format.oracle.write.FaultyTarget;
import io.diskimage.format.oracle.write.FaultyTarget.Fault;
import io.diskimage.format.oracle.write.MemoryTarget;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Changes that fail once, at each of their writes, and are made again. */
class RepeatedChangesTest {
  private static final int CLUSTER = 512;

  /** Of an L1 table that fills a cluster. */
  private static final int SIZE = 64 * 64 * CLUSTER;

  private enum Change {
    WRITE {
      @Override
      void on(WritableDiskImage image) throws IOException {
        image.write(700, NOISE, 0, 3 * CLUSTER);
      }
    },
    WRITE_COMPRESSED {
      @Override
      void on(WritableDiskImage image) throws IOException {
        image.writeCompressed(0, NOISE, 0, 20 * CLUSTER);
      }
    },
    GROW {
      @Override
      void on(WritableDiskImage image) throws IOException {
        image.resize(2 * SIZE, false);
      }
    },
    /** Past what the refcount table, a cluster of entries of 64 clusters, counts. */
    FILL {
      @Override
      void on(WritableDiskImage image) throws IOException {
        image.write(0, NOISE, 0, SIZE);
      }
    };

    abstract void on(WritableDiskImage image) throws IOException;
  }

  private static final byte[] NOISE = new byte[SIZE];

  static {
    Random random = new Random(1);
    for (int i = 0; i < SIZE; i++) {
      NOISE[i] = (byte) random.nextInt(3);
    }
  }

  @ParameterizedTest
  @EnumSource
  void leaveNoClusterBehind(Change change) throws IOException {
    MemoryTarget fresh = new MemoryTarget();
    CreateOptions options =
        CreateCase.of(SIZE, "cluster_size=512,refcount_bits=64").createOptions();
    new Qcow2Format().create(fresh, options).close();
    int at = 0;
    while (failed(change, fresh.copy(), at)) {
      at++;
    }
    assertThat(at).isPositive();
  }

  /** Returns false if the change has no such write. */
  private static boolean failed(Change change, MemoryTarget file, int at) throws IOException {
    FaultyTarget target = new FaultyTarget(file, Fault.once(at, false));
    try (WritableDiskImage image = new Qcow2Format().openForWriting(target, WriteOptions.DEFAULT)) {
      try {
        change.on(image);
        image.flush();
      } catch (IOException failure) {
        change.on(image);
        image.flush();
      }
    }
    CheckOptions options = CheckOptions.of(CheckLevel.METADATA);
    CheckReport report = ImageCheck.of(new Qcow2Format(), file.copy(), options);
    assertThat(report.verdict())
        .as("fault %d of %s: %s", at, change, report.findings())
        .isEqualTo(Verdict.CLEAN);
    return target.failures() > 0;
  }
}
