package io.diskimage.spark;

import org.apache.spark.sql.SparkSession;

/** One local session for all tests of a JVM; Spark ends it with the JVM. */
public final class LocalSpark {
  private static SparkSession session;

  private LocalSpark() {}

  /** A session with the catalog {@code images}. */
  public static synchronized SparkSession session() {
    if (session == null) {
      session =
          SparkSession.builder()
              .master("local[2]")
              .appName("diskimage tests")
              .config("spark.ui.enabled", "false")
              .config("spark.sql.shuffle.partitions", "2")
              .config("spark.sql.session.timeZone", "UTC")
              .config("spark.sql.catalog.images", DiskImageCatalog.class.getName())
              .config("spark.sql.warehouse.dir", "target/spark-warehouse")
              .getOrCreate();
    }
    return session;
  }
}
