package io.diskimage.examples;

import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** The report as text. Listings of images end after a number of lines and say how many are left. */
final class ReportText {
  private static final String SAMPLED =
      """
      A repeatable sample: 1 % of the block offsets, the same in every image. Copies at other offsets
      are missed, so the true shares are likely to be higher (--dedup full).
      """;

  private final FleetReading reading;
  private final int limit;
  private final Row totals;
  private final String folder;

  ReportText(FleetReading reading, int limit) {
    this.reading = reading;
    this.limit = limit;
    this.totals = reading.totals();
    this.folder = commonFolder(totals.getAs("first_path"), totals.getAs("last_path"));
  }

  /** The whole report. */
  String render() {
    return Stream.of(summary(), images(), problems(), formats(), largest(), duplicates(), notes())
        .filter(section -> !section.isEmpty())
        .collect(Collectors.joining("\n"));
  }

  /**
   * The folder that all paths between two lie in, with a slash at its end; empty if there is none.
   */
  static String commonFolder(String first, String last) {
    if (first == null || last == null) {
      return "";
    }
    int same = 0;
    while (same < Math.min(first.length(), last.length())
        && first.charAt(same) == last.charAt(same)) {
      same++;
    }
    return first.substring(0, first.lastIndexOf('/', same - 1) + 1);
  }

  private String summary() {
    long files = totals.getAs("files");
    long images = totals.getAs("images");
    long problems = totals.getAs("problems");
    return "Fleet of "
        + plural(files, "file")
        + (folder.isEmpty() ? "" : " below " + folder)
        + ": "
        + plural(images, "image")
        + ", "
        + Quantities.count(problems)
        + " with problems\n";
  }

  private String images() {
    Dataset<Row> images = reading.table("images");
    return title("Images") + list(images, totals.getAs("files"), "images");
  }

  /** The problems once more, where the listing of images was too long to show them. */
  private String problems() {
    long files = totals.getAs("files");
    long problems = totals.getAs("problems");
    if (files <= limit || problems == 0) {
      return "";
    }
    Dataset<Row> images = reading.table("images").where("problem IS NOT NULL");
    return title("Images with problems") + list(images, problems, "images with problems");
  }

  private String list(Dataset<Row> images, long all, String what) {
    TextTable table =
        new TextTable(
            "path", "format", ">virtual size", ">allocated", ">share", "features, problems");
    for (Row image : images.orderBy("path").limit(limit).collectAsList()) {
      table.add(
          relative(image.getAs("path")),
          format(image),
          Quantities.bytes(image.getAs("virtual_size")),
          Quantities.bytes(image.getAs("allocated_size")),
          Quantities.percent(
              image.<Long>getAs("allocated_size"), image.<Long>getAs("virtual_size")),
          remarks(image));
    }
    return table.render()
        + (all > limit ? "and " + Quantities.count(all - limit) + " more " + what + "\n" : "");
  }

  private static String format(Row image) {
    String format = image.getAs("format");
    String version = image.getAs("format_version");
    return format == null ? "-" : version == null ? format : format + " " + version;
  }

  private static String remarks(Row image) {
    List<String> features =
        image.isNullAt(image.fieldIndex("features"))
            ? List.of()
            : image.getList(image.fieldIndex("features"));
    return Stream.of(String.join(", ", features), problem(image))
        .filter(remark -> !remark.isEmpty())
        .collect(Collectors.joining("; "));
  }

  private static String problem(Row image) {
    String message = image.getAs("problem");
    long unreadable = image.getAs("unreadable_blocks");
    if (message == null) {
      return "";
    }
    if (image.<Boolean>getAs("refused") && image.isNullAt(image.fieldIndex("error"))) {
      return "BLOCKS NOT READ: " + message;
    }
    return unreadable > 0
        ? "ERROR in " + plural(unreadable, "block") + ": " + message
        : "ERROR: " + message;
  }

  private String formats() {
    TextTable table =
        new TextTable(
            "format", ">files", ">problems", ">virtual size", ">allocated", ">share", ">file size");
    for (Row format : reading.table("formats").collectAsList()) {
      String name = format.getAs("format");
      addTotals(table, Objects.requireNonNullElse(name, "no image"), format);
    }
    addTotals(table, "all", totals);
    return title("By format") + table.render();
  }

  private static void addTotals(TextTable table, String name, Row sums) {
    table.add(
        name,
        Quantities.count(sums.getAs("files")),
        Quantities.count(sums.getAs("problems")),
        Quantities.bytes(sums.getAs("virtual_size")),
        Quantities.bytes(sums.getAs("allocated_size")),
        Quantities.percent(sums.<Long>getAs("allocated_size"), sums.<Long>getAs("virtual_size")),
        Quantities.bytes(sums.getAs("host_size")));
  }

  private String largest() {
    TextTable table = new TextTable(">allocated", ">virtual size", "format", "path");
    for (Row image : reading.table("largest").collectAsList()) {
      table.add(
          Quantities.bytes(image.getAs("allocated_size")),
          Quantities.bytes(image.getAs("virtual_size")),
          image.getAs("format"),
          relative(image.getAs("path")));
    }
    return title("Largest allocations") + table.render();
  }

  private String duplicates() {
    if (reading.dedup() == DedupMode.OFF) {
      return title("Duplicate blocks") + "not looked for (--dedup off)\n";
    }
    TextTable table = new TextTable("blocks of 64 KiB", ">blocks", ">size", ">share");
    for (Row measure : reading.table("duplicates").collectAsList()) {
      table.add(
          DuplicateBlocks.label(measure.getAs("measure")),
          Quantities.count(measure.getAs("blocks")),
          Quantities.bytes(measure.getAs("bytes")),
          Quantities.percent(measure.<Double>getAs("share")));
    }
    String how = reading.dedup() == DedupMode.SAMPLE ? SAMPLED : "";
    return title("Duplicate blocks") + how + table.render();
  }

  private static String notes() {
    return title("Notes")
        + """
        Sizes are in units of 1024, rounded; --out DIR writes exact bytes as Parquet.
        virtual size: of the disk the guest sees. allocated: bytes of that disk stored as data in the
        file itself, not in a backing file or parent; raw and fixed images count as allocated from end
        to end, holes of the file or not. share: of the virtual size; of duplicates: of the stored
        bytes that are not all zero.
        Blocks are compared by SHA-256; those that hold only zeros are counted apart. Images whose
        blocks were not read are not among them.
        """;
  }

  private static String plural(long count, String noun) {
    return Quantities.count(count) + " " + noun + (count == 1 ? "" : "s");
  }

  private String relative(String path) {
    return path.substring(folder.length());
  }

  private static String title(String text) {
    return text + "\n" + "-".repeat(text.length()) + "\n";
  }
}
