package io.diskimage.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DirectoryGroupsTest {
  private final SparkSession spark = LocalSpark.session();

  @ParameterizedTest
  @CsvSource({
    "file:/vm/dc1/web/a.x, 0, file:/vm",
    "file:/vm/dc1/web/a.x, 1, file:/vm/dc1",
    "file:/vm/dc1/web/a.x, 2, file:/vm/dc1/web",
    "file:/vm/dc1/web/a.x, 9, file:/vm/dc1/web",
    "file:/vm/a.x, 1, file:/vm",
    "file:/vm/dc 1 (old)/a.x, 1, file:/vm/dc 1 (old)",
    "file:/other/dc1/web/a.x, 1, file:/other/dc1",
    "file:/vm2/dc1/a.x, 1, file:/vm2",
    "hdfs://host/vm/dc1/web/a.x, 1, hdfs://host/vm/dc1"
  })
  void takesTheDirectoryBelowTheInnermostRoot(String path, int depth, String directory) {
    List<String> roots = List.of("file:/vm", "hdfs://host/vm", "file:/", "file:/other");
    assertThat(
            spark
                .createDataset(List.of(path), Encoders.STRING())
                .toDF("path")
                .select(new DirectoryGroups(roots, depth).directory())
                .head()
                .getString(0))
        .isEqualTo(directory);
  }

  @Test
  void takesDirectoriesFilesAndGlobsAsRoots(@TempDir Path directory) throws Exception {
    Path image = Files.createFile(Files.createDirectory(directory.resolve("dc1")).resolve("a.x"));
    String root = "file:" + directory;

    assertThat(
            DirectoryGroups.of(
                    List.of(
                        directory.toString(),
                        directory.toUri().toString(),
                        image.toString(),
                        directory + "/dc*/a.x",
                        directory + "/dc1/[ab].x",
                        directory + "/{dc1,dc2}"),
                    1,
                    new Configuration())
                .roots())
        .containsExactly(root, root + "/dc1");
    String missing = directory.resolve("missing").toString();
    assertThatThrownBy(() -> DirectoryGroups.of(List.of(missing), 1, new Configuration()))
        .hasRootCauseInstanceOf(FileNotFoundException.class);
  }
}
