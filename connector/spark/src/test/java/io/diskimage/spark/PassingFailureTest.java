package io.diskimage.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store that fails while an index is built does not fail for good. */
class PassingFailureTest {
  private static final String FILE_SYSTEM = "spark.datasource.diskimage.fs.flaky.impl";

  @TempDir private Path directory;
  private final SparkSession spark = LocalSpark.session();

  /** Local files under another name, some of which cannot be opened for a while. */
  public static final class FlakyFileSystem extends RawLocalFileSystem {
    static volatile boolean failing;

    @Override
    public URI getUri() {
      return URI.create("flaky:///");
    }

    @Override
    public String getScheme() {
      return "flaky";
    }

    @Override
    protected void checkPath(org.apache.hadoop.fs.Path path) {
      // Its paths are local ones under another name.
    }

    @Override
    public FSDataInputStream open(org.apache.hadoop.fs.Path path, int bufferSize)
        throws IOException {
      if (failing && path.getName().startsWith("flaky")) {
        throw new IOException("the store is out of order");
      }
      return super.open(path, bufferSize);
    }
  }

  @BeforeEach
  void images() throws IOException {
    spark.conf().set(FILE_SYSTEM, FlakyFileSystem.class.getName());
    for (String name : List.of("flaky.raw", "steady.raw")) {
      Path file = directory.resolve("vm").resolve(name);
      Files.createDirectories(file.getParent());
      Files.write(file, new byte[512]);
      Files.setLastModifiedTime(file, FileTime.fromMillis(1_700_000_000_123L));
    }
  }

  @AfterEach
  void mended() {
    FlakyFileSystem.failing = false;
    spark.conf().unset(FILE_SYSTEM);
  }

  private List<Long> build() {
    Row row =
        spark
            .sql(
                "CALL images.system.build_index(path => 'flaky:"
                    + directory
                    + "/vm', index => '"
                    + directory
                    + "/index')")
            .head();
    return List.of(row.getLong(1), row.getLong(2), row.getLong(3));
  }

  @Test
  void theImageIsOpenedTheNextTime() {
    FlakyFileSystem.failing = true;
    assertThat(build()).containsExactly(0L, 2L, 1L);
    assertThat(build()).containsExactly(1L, 1L, 1L);
    FlakyFileSystem.failing = false;

    List<Row> rows =
        spark
            .sql(
                "SELECT error.message FROM images.`flaky:"
                    + directory
                    + "/vm`.images WITH (index = '"
                    + directory
                    + "/index')")
            .collectAsList();
    assertThat(rows).hasSize(2).allMatch(row -> row.isNullAt(0));
    assertThat(build()).containsExactly(1L, 1L, 0L);
    assertThat(build()).containsExactly(2L, 0L, 0L);
  }
}
