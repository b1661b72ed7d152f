package io.diskimage.spark.procedures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.diskimage.spark.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckProcedureTest {
  private final SparkSession spark = LocalSpark.session();

  @TempDir private Path root;

  private List<Row> call(String arguments) {
    return spark.sql("CALL images.system.check(" + arguments + ")").collectAsList();
  }

  private String raw(String name) throws IOException {
    return Files.write(root.resolve(name), new byte[512]).toString();
  }

  @Test
  void aGlobAndAFileAreCheckedLikeADirectory() throws IOException {
    String file = raw("a`b c.raw");
    raw("d.raw");

    assertThat(call("'" + root + "'").get(0).<Long>getAs("images")).isEqualTo(2);
    assertThat(call("path => '" + root + "/d.*'").get(0).<Long>getAs("images")).isEqualTo(1);
    assertThat(call("path => '" + file + "', limit => 5"))
        .extracting(row -> row.<String>getAs("entry"), row -> row.<String>getAs("path"))
        .containsExactly(
            tuple("summary", null), tuple("image", "file:" + file), tuple("unlisted", null));
  }

  @Test
  void noFilesAreNoImages() throws IOException {
    Files.createDirectory(root.resolve("empty"));

    List<Row> rows = call("'" + root + "/empty'");

    assertThat(rows).hasSize(1);
    assertThat(rows.get(0).<String>getAs("entry")).isEqualTo("unlisted");
    assertThat(rows.get(0).<Long>getAs("images")).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "path => '' | path => nothing is not allowed",
        "path => NULL | path => nothing is not allowed",
        "path => '/x', limit => -1 | limit => -1 is not allowed; allowed: a number from 0 to 100000",
        "path => '/x', limit => 100001 | limit => 100001 is not allowed",
        "path => '/x', limit => NULL | limit => nothing is not allowed",
        "path => '/x', level => 'deep' | 'deep' is not allowed (no such value); allowed: header",
        "path => '/x/nowhere' | PATH_NOT_FOUND",
        "level => 'full' | path",
        "path => '/x', depth => 1 | depth"
      })
  void wrongArgumentsSayWhatIsAllowed(String arguments, String message) {
    assertThatThrownBy(() -> call(arguments)).hasStackTraceContaining(message);
  }

  @Test
  void proceduresAreListedAndOthersRefusedByName() {
    assertThat(spark.sql("SHOW PROCEDURES IN images.system").collectAsList().toString())
        .contains("check");
    assertThatThrownBy(() -> spark.sql("CALL images.system.chek(path => '/x')"))
        .hasStackTraceContaining("did you mean check?");
    assertThatThrownBy(() -> spark.sql("CALL images.sytem.check(path => '/x')"))
        .hasStackTraceContaining("the procedures are system.check");
  }

  @Test
  void thePlanOfACallChecksNothing() {
    assertThat(spark.sql("EXPLAIN CALL images.system.check('/x/nowhere')").head().getString(0))
        .contains("Call");
  }
}
