package io.diskimage.examples;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.storage.StorageLevel;

/**
 * What one report is about: the tables {@code images}, {@code formats}, {@code largest}, {@code
 * duplicates} and those of the check, each read from the fleet once. Only rows that are printed
 * come to the driver.
 */
final class FleetReading implements AutoCloseable {
  private static final int LARGEST = 10;

  /** Digests that one task of a grouping is to hold. */
  private static final long DIGESTS_PER_TASK = 1_000_000;

  /**
   * What is asked of a fleet.
   *
   * @param groups directories to sum up by
   * @param earlier nullable: a report to compare with
   */
  record Request(DedupMode dedup, DirectoryGroups groups, EarlierReport earlier) {}

  private final Map<String, Dataset<Row>> tables = new LinkedHashMap<>();
  private final List<Dataset<Row>> kept = new ArrayList<>();
  private final FleetTables fleet;
  private final DedupMode dedup;
  private final FleetCheck check;
  private final FleetChanges changes;

  private FleetReading(FleetTables fleet, Request request, Consumer<String> steps) {
    this.fleet = fleet;
    groupInTasks(1);
    Dataset<Row> files = keep(fleet.images().drop("header"));
    files.createOrReplaceTempView("files");
    long allocated = number("SELECT coalesce(sum(allocated_size), 0) FROM files");
    this.dedup = request.dedup().decide(allocated);
    findUnmapped();
    findDuplicates(allocated, steps);
    tables.put("images", withProblems());
    tables.put("formats", formats());
    tables.put("largest", largest());
    tables.put("duplicates", DuplicateBlocks.measures(fleet, dedup));
    steps.accept("checking the images");
    check = FleetCheck.of(fleet, request.groups(), this::keep);
    tables.putAll(check.tables());
    changes = request.earlier() == null ? null : request.earlier().changesTo(check, this::keep);
  }

  /**
   * Reads a fleet.
   *
   * @param steps is told what takes long
   */
  static FleetReading of(FleetTables fleet, Request request, Consumer<String> steps) {
    return new FleetReading(fleet, request, steps);
  }

  /** What the check found. */
  FleetCheck check() {
    return check;
  }

  /** What changed since the earlier report, if there is one to compare with. */
  Optional<FleetChanges> changes() {
    return Optional.ofNullable(changes);
  }

  /** How duplicates were looked for: any mode but {@link DedupMode#AUTO}. */
  DedupMode dedup() {
    return dedup;
  }

  /** The tables by name, in the order of the report. */
  Map<String, Dataset<Row>> tables() {
    return tables;
  }

  Dataset<Row> table(String name) {
    return tables.get(name);
  }

  /** Totals over all files: one row. */
  Row totals() {
    return sql("""
            SELECT count(*) AS files,
                   count(format) AS images,
                   count(problem) AS problems,
                   sum(virtual_size) AS virtual_size,
                   sum(allocated_size) AS allocated_size,
                   sum(host_size) AS host_size,
                   min(path) AS first_path,
                   max(path) AS last_path
            FROM report_images
            """)
        .head();
  }

  /** Writes each table as Parquet into a directory of its name. */
  void write(String directory) {
    tables.forEach(
        (name, table) -> table.write().mode(SaveMode.Overwrite).parquet(directory + "/" + name));
  }

  @Override
  public void close() {
    kept.forEach(table -> table.unpersist());
  }

  /** Images whose blocks cannot be listed: all of them (no offset), or some. Reads no data. */
  private void findUnmapped() {
    Dataset<Row> unmapped = fleet.blocks().where("allocated IS NULL");
    unmapped.createOrReplaceTempView("unmapped_blocks");
    keep(sql(
            """
                SELECT path, count(`offset`) AS blocks, min(_error.message) AS message
                FROM unmapped_blocks
                GROUP BY path
                """))
        .createOrReplaceTempView("unmapped");
  }

  private void findDuplicates(long allocated, Consumer<String> steps) {
    if (dedup != DedupMode.OFF) {
      steps.accept(
          (dedup == DedupMode.FULL ? "hashing " : "hashing 1 % of ")
              + Quantities.bytes(allocated)
              + " of stored blocks");
    }
    long digests = allocated / FleetTables.BLOCK_SIZE;
    groupInTasks(
        (dedup == DedupMode.SAMPLE ? digests / DuplicateBlocks.SAMPLE_ONE_IN : digests)
            / DIGESTS_PER_TASK);
    keep(DuplicateBlocks.find(fleet, dedup)).createOrReplaceTempView("hashed");
    number("SELECT count(*) FROM hashed"); // reads the blocks now, in so many tasks
    groupInTasks(1);
  }

  private Dataset<Row> withProblems() {
    Dataset<Row> images =
        keep(
            sql(
                """
                SELECT files.*,
                       unmapped.path IS NOT NULL AND unmapped.blocks = 0 AS refused,
                       coalesce(unmapped.blocks, 0) + coalesce(damaged.blocks, 0)
                         AS unreadable_blocks,
                       replace(
                         coalesce(error.message, unmapped.message, damaged.message),
                         files.path || ': ', '') AS problem
                FROM files
                LEFT JOIN unmapped ON unmapped.path = files.path
                LEFT JOIN (
                    SELECT failed_path, sum(blocks) AS blocks, min(message) AS message
                    FROM hashed
                    WHERE failed_path IS NOT NULL
                    GROUP BY failed_path) AS damaged
                  ON damaged.failed_path = files.path
                """));
    images.createOrReplaceTempView("report_images");
    return images;
  }

  private Dataset<Row> formats() {
    return sql(
        """
        SELECT format, count(*) AS files, count(problem) AS problems,
               sum(virtual_size) AS virtual_size, sum(allocated_size) AS allocated_size,
               sum(host_size) AS host_size
        FROM report_images
        GROUP BY format
        ORDER BY allocated_size DESC NULLS LAST, format
        """);
  }

  private Dataset<Row> largest() {
    return sql(
        """
        SELECT path, format, virtual_size, allocated_size
        FROM report_images
        WHERE allocated_size IS NOT NULL
        ORDER BY allocated_size DESC, path
        LIMIT %d
        """
            .formatted(LARGEST));
  }

  /**
   * At least as many tasks as run at a time. Spark's own number, 200, costs more than all else in a
   * small fleet and is too small for a very large one.
   */
  private void groupInTasks(long tasks) {
    int parallel = fleet.spark().sparkContext().defaultParallelism();
    fleet
        .spark()
        .conf()
        .set("spark.sql.shuffle.partitions", Long.toString(Math.max(parallel, tasks)));
  }

  private Dataset<Row> sql(String query) {
    return fleet.spark().sql(query);
  }

  private long number(String query) {
    return sql(query).head().getLong(0);
  }

  private Dataset<Row> keep(Dataset<Row> table) {
    Dataset<Row> persisted = table.persist(StorageLevel.MEMORY_AND_DISK());
    kept.add(persisted);
    return persisted;
  }
}
