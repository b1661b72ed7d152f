package io.diskimage.spark.read;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.SparkConf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TaskAttemptsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "local | 1",
        "local[2] | 1",
        "local[*] | 1",
        "local[4,3] | 3",
        "local[*, 7] | 7",
        "local-cluster[2,1,1024] | 4",
        "spark://127.0.0.1:7077 | 4",
        "yarn | 4"
      })
  void aTaskFailsAsOftenAsItsMasterAllows(String master, int allowed) {
    assertThat(TaskAttempts.allowed(new SparkConf(false).set("spark.master", master)))
        .isEqualTo(allowed);
  }

  @ParameterizedTest
  @CsvSource({"local[2], 1", "yarn, 9"})
  void theOptionIsForClusters(String master, int allowed) {
    SparkConf conf = new SparkConf(false).set("spark.master", master);
    assertThat(TaskAttempts.allowed(conf.set("spark.task.maxFailures", "9"))).isEqualTo(allowed);
  }
}
