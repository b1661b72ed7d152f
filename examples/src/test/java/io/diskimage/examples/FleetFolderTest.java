package io.diskimage.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FleetFolderTest {

  @ParameterizedTest
  @CsvSource({
    "file:/vm/a/1.raw, file:/vm/b/2.raw, file:/vm/",
    "file:/vm/a/1.raw, file:/vm/a/12.raw, file:/vm/a/",
    "file:/vm/dc1/a.raw, file:/vm/dc1-old/a.raw, file:/vm/",
    "file:/vm/one.raw, file:/vm/one.raw, file:/vm/",
    "hdfs://a/1.raw, s3a://b/2.raw, ''",
    ", , ''"
  })
  void findsTheFolderThatAllPathsLieIn(String first, String last, String folder) {
    assertThat(FleetFolder.common(first, last).path()).isEqualTo(folder);
  }

  @ParameterizedTest
  @CsvSource({
    "file:/vm/, file:/vm/dc1/a.raw, dc1/a.raw",
    "file:/vm/, file:/vm, .",
    "file:/vm/dc1/, file:/vm, file:/vm",
    "'', file:/vm/a.raw, file:/vm/a.raw"
  })
  void leavesTheFolderOut(String folder, String file, String relative) {
    assertThat(new FleetFolder(folder).relative(file)).isEqualTo(relative);
  }
}
