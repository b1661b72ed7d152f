package io.diskimage.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** The sums over checks made by hand, and their text. */
class FleetCheckTest {
  private final SparkSession spark = LocalSpark.session().newSession();
  private final CheckRows rows =
      new CheckRows()
          .image("/vm/dc1/web/a.x", "clean", 0, 0, 0)
          .image("/vm/dc1/b.x", "leaks", 0, 3, 0)
          .image("/vm/dc2/c.x", "corrupt", 2, 1, 4)
          .image("/vm/dc2/d.x", "corrupt", 5, 0, 0)
          .uncounted("/vm/dc2/note.txt", "unreadable")
          .uncounted("/vm/e.raw", "unsupported")
          .finding("/vm/dc1/b.x", "X_LEAK", "leak", 3)
          .finding("/vm/dc2/c.x", "X_LEAK", "leak", 5)
          .finding("/vm/dc2/c.x", "X_BROKEN", "corruption", 2)
          .finding("/vm/dc2/d.x", "X_BROKEN", "corruption", 4)
          .finding("/vm/dc2/d.x", "X_BROKEN", "corruption", 1)
          .reference("/vm/dc1/web/a.x", "base.x")
          .reference("/vm/dc1/b.x", "/etc/passwd", "absolute path", "outside roots")
          .reference("/vm/dc2/c.x", "/etc/hosts", "absolute path");

  FleetCheckTest() {
    spark.conf().set("spark.sql.codegen.wholeStage", "false");
  }

  @Test
  void sumsUpVerdictsFromTheWorstToTheBest() {
    assertThat(table("verdicts"))
        .extracting(
            row -> row.getAs("verdict"),
            row -> row.getAs("files"),
            row -> row.getAs("corruptions"),
            row -> row.getAs("leaks"),
            row -> row.getAs("beyond_leaks"),
            row -> row.getAs("reclaimable_bytes"))
        .containsExactly(
            tuple("corrupt", 2L, 7L, 1L, 4L, 500L),
            tuple("unreadable", 1L, null, null, null, null),
            tuple("leaks", 1L, 0L, 3L, 0L, 300L),
            tuple("unsupported", 1L, null, null, null, null),
            tuple("clean", 1L, 0L, 0L, 0L, 0L));
  }

  @Test
  void sumsUpDirectoriesBelowTheRoot() {
    assertThat(table("directories"))
        .extracting(
            row -> row.getAs("directory"),
            row -> row.getAs("files"),
            row -> row.getAs("clean"),
            row -> row.getAs("leaking"),
            row -> row.getAs("corrupt"),
            row -> row.getAs("unreadable"),
            row -> row.getAs("leaks"))
        .containsExactly(
            tuple("/vm", 1L, 0L, 0L, 0L, 0L, null),
            tuple("/vm/dc1", 2L, 1L, 1L, 0L, 0L, 3L),
            tuple("/vm/dc2", 3L, 0L, 0L, 2L, 1L, 1L));
  }

  @Test
  void countsFindingsAndImagesOfEachKind() {
    assertThat(table("kinds"))
        .extracting(
            row -> row.getAs("kind"), row -> row.getAs("images"), row -> row.getAs("findings"))
        .containsExactly(tuple("X_BROKEN", 2L, 7L), tuple("X_LEAK", 2L, 8L));
  }

  @Test
  void countsWhatImagesExpose() {
    assertThat(table("exposure"))
        .extracting(row -> row.getAs("risk"), row -> row.getAs("images"))
        .containsExactly(tuple("absolute path", 2L), tuple("outside roots", 1L));
  }

  @Test
  void listsTheWorstImagesFirstAndSaysHowManyAreLeft() {
    List<String> lines =
        new CheckText(rows.check(spark), new FleetFolder("/vm/"), 3).render().lines().toList();

    int start = lines.indexOf("Checked images, the worst first");
    assertThat(lines.subList(start + 3, start + 7))
        .satisfiesExactly(
            line -> assertThat(line).matches("dc2/d[.]x +x +corrupt +5 +0 +0 +0 +0 B"),
            line -> assertThat(line).matches("dc2/c[.]x +x +corrupt +2 +1 +0 +4 +500 B"),
            line -> assertThat(line).matches("dc2/note[.]txt +- +unreadable +- +- +- +- +-"),
            line -> assertThat(line).isEqualTo("and 3 more images"));
    assertThat(lines)
        .anyMatch(line -> line.matches("all +6 +7 +4 +0 +4 +800 B"))
        .anyMatch(line -> line.matches("[.] +1 +0 +0 +0 +0 +- +- +- +-"))
        .anyMatch(
            line -> line.matches("dc1/b[.]x +backing file +/etc/passwd +absolute path, out.*"))
        .noneMatch(line -> line.contains("base.x"));
  }

  private List<Row> table(String name) {
    return rows.check(spark).tables().get(name).collectAsList();
  }
}
