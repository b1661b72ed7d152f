package io.diskimage.examples;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** The sections of the report on what changed since an earlier one. */
final class ChangesText {
  private final FleetChanges changes;
  private final FleetFolder folder;
  private final int limit;

  ChangesText(FleetChanges changes, FleetFolder folder, int limit) {
    this.changes = changes;
    this.folder = folder;
    this.limit = limit;
  }

  String render() {
    return TextTable.title("Changes since the earlier report: images")
        + images()
        + "\n"
        + TextTable.title("Changes since the earlier report: findings")
        + findings();
  }

  private String images() {
    List<Row> counts = changes.imageCounts().collectAsList();
    if (counts.isEmpty()) {
      return "none is new, gone or of another verdict\n";
    }
    TextTable sums = new TextTable("change", ">images");
    long all = 0;
    for (Row count : counts) {
      sums.add(count.getAs("change"), Quantities.count(count.getAs("images")));
      all += count.<Long>getAs("images");
    }
    TextTable listing = new TextTable("change", "path", "was", "is");
    for (Row image : first(changes.images(), "path")) {
      listing.add(
          image.getAs("change"),
          folder.relative(image.getAs("path")),
          word(image.getAs("before")),
          word(image.getAs("now")));
    }
    return sums.render() + "\n" + listing.render() + Quantities.more(all - limit, "images");
  }

  private String findings() {
    List<Row> counts = changes.findingCounts().collectAsList();
    if (counts.isEmpty()) {
      return "none is new or gone\n";
    }
    TextTable sums = new TextTable("change", "finding", ">images", ">were", ">are");
    long all = 0;
    for (Row count : counts) {
      sums.add(
          count.getAs("change"),
          count.getAs("kind"),
          Quantities.count(count.getAs("images")),
          Quantities.count(count.getAs("before")),
          Quantities.count(count.getAs("now")));
      all += count.<Long>getAs("images");
    }
    TextTable listing = new TextTable("change", "path", "finding", ">were", ">are");
    for (Row finding : first(changes.findings(), "path", "kind")) {
      listing.add(
          finding.getAs("change"),
          folder.relative(finding.getAs("path")),
          finding.getAs("kind"),
          Quantities.count(finding.getAs("before")),
          Quantities.count(finding.getAs("now")));
    }
    return sums.render() + "\n" + listing.render() + Quantities.more(all - limit, "rows");
  }

  private List<Row> first(Dataset<Row> rows, String order, String... then) {
    return rows.orderBy(order, then).limit(limit).collectAsList();
  }

  private static String word(String verdict) {
    return verdict == null ? "-" : verdict;
  }
}
