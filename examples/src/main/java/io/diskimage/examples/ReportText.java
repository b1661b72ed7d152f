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
  private final FleetFolder folder;

  ReportText(FleetReading reading, int limit) {
    this.reading = reading;
    this.limit = limit;
    this.totals = reading.totals();
    this.folder = FleetFolder.common(totals.getAs("first_path"), totals.getAs("last_path"));
  }

  /** The whole report. */
  String render() {
    return Stream.of(
            summary(),
            images(),
            problems(),
            formats(),
            largest(),
            new CheckText(reading.check(), folder, limit).render(),
            comparison(),
            duplicates(),
            notes())
        .filter(section -> !section.isEmpty())
        .collect(Collectors.joining("\n"));
  }

  private String summary() {
    long files = totals.getAs("files");
    long images = totals.getAs("images");
    long problems = totals.getAs("problems");
    return "Fleet of "
        + Quantities.plural(files, "file")
        + (folder.path().isEmpty() ? "" : " below " + folder.path())
        + ": "
        + Quantities.plural(images, "image")
        + ", "
        + Quantities.count(problems)
        + " with problems\n";
  }

  private String images() {
    Dataset<Row> images = reading.table("images");
    return TextTable.title("Images") + list(images, totals.getAs("files"), "images");
  }

  /** The problems once more, where the listing of images was too long to show them. */
  private String problems() {
    long files = totals.getAs("files");
    long problems = totals.getAs("problems");
    if (files <= limit || problems == 0) {
      return "";
    }
    Dataset<Row> images = reading.table("images").where("problem IS NOT NULL");
    return TextTable.title("Images with problems") + list(images, problems, "images with problems");
  }

  private String list(Dataset<Row> images, long all, String what) {
    TextTable table =
        new TextTable(
            "path", "format", ">virtual size", ">allocated", ">share", "features, problems");
    for (Row image : images.orderBy("path").limit(limit).collectAsList()) {
      table.add(
          folder.relative(image.getAs("path")),
          format(image),
          Quantities.bytes(image.getAs("virtual_size")),
          Quantities.bytes(image.getAs("allocated_size")),
          Quantities.percent(
              image.<Long>getAs("allocated_size"), image.<Long>getAs("virtual_size")),
          remarks(image));
    }
    return table.render() + Quantities.more(all - limit, what);
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
        ? "ERROR in " + Quantities.plural(unreadable, "block") + ": " + message
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
    return TextTable.title("By format") + table.render();
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
          folder.relative(image.getAs("path")));
    }
    return TextTable.title("Largest allocations") + table.render();
  }

  private String comparison() {
    return reading
        .changes()
        .map(changes -> new ChangesText(changes, folder, limit).render())
        .orElse("");
  }

  private String duplicates() {
    if (reading.dedup() == DedupMode.OFF) {
      return TextTable.title("Duplicate blocks") + "not looked for (--dedup off)\n";
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
    return TextTable.title("Duplicate blocks") + how + table.render();
  }

  private static String notes() {
    return TextTable.title("Notes")
        + """
        Sizes are in units of 1024, rounded; --out DIR writes exact bytes as Parquet.
        virtual size: of the disk the guest sees. allocated: bytes of that disk stored as data in the
        file itself, not in a backing file or parent; raw and fixed images count as allocated from end
        to end, holes of the file or not. share: of the virtual size; of duplicates: of the stored
        bytes that are not all zero.
        verdict: corrupt: metadata that can lose data; unreadable: refused, or not readable to its end;
        unstable: changed while it was checked; leaks: space that nothing uses, and no more;
        unsupported: a feature or a format without a check. corruptions, leaks and errors are counted
        as qemu-img check counts them; beyond QEMU: what it does not look for. reclaimable: bytes of
        the file that hold nothing.
        Blocks are compared by SHA-256; those that hold only zeros are counted apart. Images whose
        blocks were not read are not among them.
        """;
  }
}
