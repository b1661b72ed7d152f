package io.diskimage.spark.read;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

class CheckMemoryTest {
  private static final long MIB = 1L << 20;

  private static SparkConf conf(String... settings) {
    SparkConf conf = new SparkConf(false);
    for (int i = 0; i < settings.length; i += 2) {
      conf.set(settings[i], settings[i + 1]);
    }
    return conf;
  }

  @Test
  void tasksAreTheCoresOfTheExecutorByThoseOfATask() {
    assertThat(CheckMemory.tasks(conf(), 6)).isEqualTo(6);
    assertThat(CheckMemory.tasks(conf("spark.executor.cores", "8"), 6)).isEqualTo(8);
    assertThat(CheckMemory.tasks(conf("spark.executor.cores", "8", "spark.task.cpus", "4"), 6))
        .isEqualTo(2);
    assertThat(CheckMemory.tasks(conf("spark.task.cpus", "4"), 2)).isEqualTo(1);
  }

  @Test
  void checksShareAQuarterOfTheHeapAndTakeNoMoreThanTheyNeed() {
    assertThat(CheckMemory.share(1024 * MIB, 4)).isEqualTo(64 * MIB);
    assertThat(CheckMemory.share(1024 * MIB, 1)).isEqualTo(256 * MIB);
    assertThat(CheckMemory.share(64 * 1024 * MIB, 8)).isEqualTo(256 * MIB);
    assertThat(CheckMemory.share(1, 8)).isEqualTo(1);
  }

  @Test
  void aTaskOfThisJvmHasAShare() {
    assertThat(CheckMemory.ofTask())
        .isPositive()
        .isLessThanOrEqualTo(Math.min(256 * MIB, Runtime.getRuntime().maxMemory() / 4));
  }
}
