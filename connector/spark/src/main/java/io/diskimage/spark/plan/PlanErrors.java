package io.diskimage.spark.plan;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.spark.sql.errors.QueryCompilationErrors;

/** Errors of planning as Spark's own sources throw them. */
final class PlanErrors {
  private PlanErrors() {}

  /** Spark's AnalysisException of the condition PATH_NOT_FOUND. */
  static RuntimeException pathNotFound(String path) {
    return rethrow(QueryCompilationErrors.dataPathNotExistError(path));
  }

  /** A file system that does not tell what is there. */
  static UncheckedIOException listingFailed(String path, IOException failure) {
    String reason = String.valueOf(failure.getMessage());
    String message = reason.contains(path) ? reason : path + ": " + failure;
    return new UncheckedIOException(
        "Listing failed: " + message + StoreRefusal.remedy(path, failure), failure);
  }

  /**
   * Throws an exception as it is: AnalysisException is a checked exception to Java, but nothing
   * that Spark calls declares it.
   */
  static RuntimeException rethrow(Throwable failure) {
    PlanErrors.<RuntimeException>throwAs(failure);
    return new IllegalStateException(failure);
  }

  @SuppressWarnings("unchecked")
  private static <E extends Throwable> void throwAs(Throwable failure) throws E {
    throw (E) failure;
  }
}
