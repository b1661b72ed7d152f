package io.diskimage.examples;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The files below {@code sql}. */
final class SqlFiles {
  private static final Path FOLDER = Path.of("sql");

  private SqlFiles() {}

  static List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  /** The result of a file on a fleet. */
  static List<Row> run(SparkSession spark, String file, Path fleet) {
    spark.conf().set("fleet", fleet.toString());
    try {
      return spark.sql(Files.readString(FOLDER.resolve(file))).collectAsList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
