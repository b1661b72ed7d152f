package io.diskimage.examples;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** The sections of the report on the check and on what images point to. */
final class CheckText {
  private final FleetCheck check;
  private final FleetFolder folder;
  private final int limit;
  private final Row totals;

  CheckText(FleetCheck check, FleetFolder folder, int limit) {
    this.check = check;
    this.folder = folder;
    this.limit = limit;
    this.totals = check.totals();
  }

  String render() {
    return Stream.of(verdicts(), images(), kinds(), directories(), exposure())
        .collect(Collectors.joining("\n"));
  }

  private String verdicts() {
    TextTable table =
        new TextTable(
            "verdict",
            ">files",
            ">corruptions",
            ">leaks",
            ">errors",
            ">beyond QEMU",
            ">reclaimable");
    for (Row verdict : check.tables().get("verdicts").collectAsList()) {
      addSums(table, verdict.getAs("verdict"), verdict);
    }
    addSums(table, "all", totals);
    return TextTable.title("Check") + table.render();
  }

  private static void addSums(TextTable table, String name, Row sums) {
    table.add(
        name,
        Quantities.count(sums.getAs("files")),
        Quantities.count(sums.getAs("corruptions")),
        Quantities.count(sums.getAs("leaks")),
        Quantities.count(sums.getAs("check_errors")),
        Quantities.count(beyond(sums)),
        Quantities.bytes(sums.getAs("reclaimable_bytes")));
  }

  private static Long beyond(Row row) {
    Long corruptions = row.getAs("beyond_corruptions");
    Long leaks = row.getAs("beyond_leaks");
    return corruptions == null || leaks == null ? null : (Long) (corruptions + leaks);
  }

  private String images() {
    TextTable table =
        new TextTable(
            "path",
            "format",
            "verdict",
            ">corruptions",
            ">leaks",
            ">errors",
            ">beyond QEMU",
            ">reclaimable");
    for (Row image : check.worstFirst().limit(limit).collectAsList()) {
      String format = image.getAs("format");
      table.add(
          folder.relative(image.getAs("path")),
          format == null ? "-" : format,
          image.getAs("verdict"),
          Quantities.count(image.getAs("corruptions")),
          Quantities.count(image.getAs("leaks")),
          Quantities.count(image.getAs("check_errors")),
          Quantities.count(beyond(image)),
          Quantities.bytes(image.getAs("reclaimable_bytes")));
    }
    return TextTable.title("Checked images, the worst first")
        + table.render()
        + Quantities.more(totals.<Long>getAs("files") - limit, "images");
  }

  private String kinds() {
    TextTable table = new TextTable("finding", "severity", "repairable", ">images", ">findings");
    for (Row kind : check.tables().get("kinds").collectAsList()) {
      table.add(
          kind.getAs("kind"),
          kind.getAs("severity"),
          kind.<Boolean>getAs("repairable") ? "yes" : "no",
          Quantities.count(kind.getAs("images")),
          Quantities.count(kind.getAs("findings")));
    }
    return TextTable.title("Findings by kind") + table.render();
  }

  private String directories() {
    TextTable table =
        new TextTable(
            "directory",
            ">files",
            ">clean",
            ">leaking",
            ">corrupt",
            ">unreadable",
            ">corruptions",
            ">leaks",
            ">beyond QEMU",
            ">reclaimable");
    Dataset<Row> directories = check.tables().get("directories");
    for (Row directory : directories.limit(limit).collectAsList()) {
      table.add(
          folder.relative(directory.getAs("directory")),
          Quantities.count(directory.getAs("files")),
          Quantities.count(directory.getAs("clean")),
          Quantities.count(directory.getAs("leaking")),
          Quantities.count(directory.getAs("corrupt")),
          Quantities.count(directory.getAs("unreadable")),
          Quantities.count(directory.getAs("corruptions")),
          Quantities.count(directory.getAs("leaks")),
          Quantities.count(beyond(directory)),
          Quantities.bytes(directory.getAs("reclaimable_bytes")));
    }
    return TextTable.title("Check by directory")
        + table.render()
        + Quantities.more(directories.count() - limit, "directories");
  }

  private String exposure() {
    TextTable sums = new TextTable("risk", ">images", ">references");
    for (Row risk : check.tables().get("exposure").collectAsList()) {
      sums.add(
          risk.getAs("risk"),
          Quantities.count(risk.getAs("images")),
          Quantities.count(risk.getAs("references")));
    }
    TextTable listing = new TextTable("path", "names as", "target", "risks");
    Dataset<Row> risky = check.risky();
    for (Row reference : risky.limit(limit).collectAsList()) {
      List<String> risks = reference.getList(reference.fieldIndex("risks"));
      listing.add(
          folder.relative(reference.getAs("path")),
          reference.getAs("kind"),
          reference.getAs("target"),
          String.join(", ", risks));
    }
    return TextTable.title("Exposure: what images point to")
        + sums.render()
        + "\n"
        + listing.render()
        + Quantities.more(risky.count() - limit, "references");
  }
}
