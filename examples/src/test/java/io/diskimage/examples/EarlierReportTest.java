package io.diskimage.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** What differs between two checks made by hand. */
class EarlierReportTest {
  private final SparkSession spark = LocalSpark.session().newSession();

  EarlierReportTest() {
    spark.conf().set("spark.sql.codegen.wholeStage", "false");
  }

  @Test
  void tellsNewGoneAndChangedImages() {
    CheckRows then =
        new CheckRows()
            .image("/vm/same.x", "clean", 0, 0, 0)
            .image("/vm/broke.x", "clean", 0, 0, 0)
            .image("/vm/gone.x", "leaks", 0, 1, 0);
    CheckRows now =
        new CheckRows()
            .image("/vm/same.x", "clean", 0, 0, 0)
            .image("/vm/broke.x", "corrupt", 1, 0, 0)
            .uncounted("/vm/new.x", "unreadable");

    FleetChanges changes = changes(then, now);

    assertThat(changes.images().orderBy("path").collectAsList())
        .extracting(row -> row.get(0), row -> row.get(1), row -> row.get(2), row -> row.get(3))
        .containsExactly(
            tuple("/vm/broke.x", "changed", "clean", "corrupt"),
            tuple("/vm/gone.x", "gone", "leaks", null),
            tuple("/vm/new.x", "new", null, "unreadable"));
    assertThat(text(changes, 2))
        .containsPattern("changed +broke[.]x +clean +corrupt\n")
        .containsPattern("gone +gone[.]x +leaks +-\n")
        .contains("and 1 more images\n")
        .contains("none is new or gone\n");
  }

  @Test
  void tellsNewGoneAndChangedFindingsByKindAndImage() {
    CheckRows then =
        new CheckRows()
            .finding("/vm/a.x", "LEAK", "leak", 2)
            .finding("/vm/a.x", "LEAK", "leak", 1)
            .finding("/vm/a.x", "OLD", "corruption", 1)
            .finding("/vm/b.x", "LEAK", "leak", 5);
    CheckRows now =
        new CheckRows()
            .finding("/vm/a.x", "LEAK", "leak", 3)
            .finding("/vm/a.x", "NEW", "corruption", 7)
            .finding("/vm/b.x", "LEAK", "leak", 9);

    FleetChanges changes = changes(then, now);

    assertThat(changes.findings().orderBy("path", "kind").collectAsList())
        .extracting(
            row -> row.get(0),
            row -> row.get(1),
            row -> row.get(2),
            row -> row.get(3),
            row -> row.get(4))
        .containsExactly(
            tuple("/vm/a.x", "NEW", "new", null, 7L),
            tuple("/vm/a.x", "OLD", "gone", 1L, null),
            tuple("/vm/b.x", "LEAK", "changed", 5L, 9L));
    assertThat(text(changes, 10))
        .contains("none is new, gone or of another verdict\n")
        .containsPattern("changed +b[.]x +LEAK +5 +9\n")
        .containsPattern("new +NEW +1 +- +7\n");
  }

  private FleetChanges changes(CheckRows then, CheckRows now) {
    return new EarlierReport(then.checks(spark), then.findings(spark))
        .changesTo(now.check(spark), table -> table);
  }

  private static String text(FleetChanges changes, int limit) {
    return new ChangesText(changes, new FleetFolder("/vm/"), limit).render();
  }
}
