package io.diskimage.spark.index;

import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What of an index cannot be used: counted, and told in one warning. Thread-safe. */
final class IndexProblems {
  private static final Logger LOG = LoggerFactory.getLogger(IndexProblems.class);

  private final String location;
  private long count;
  private String first;
  private IOException cause;

  IndexProblems(String location) {
    this.location = location;
  }

  synchronized void add(String what) {
    count++;
    if (first == null) {
      first = what;
    }
  }

  synchronized void add(IOException failure) {
    if (first == null) {
      cause = failure;
    }
    add(String.valueOf(failure.getMessage()));
  }

  synchronized long count() {
    return count;
  }

  /** Warns if there is anything to warn of. */
  synchronized void log() {
    if (count > 0) {
      LOG.warn(
          "The index {} is not used, or not all of it: {}{}; images are opened instead",
          location,
          first,
          count > 1 ? ", and " + (count - 1) + " more problems" : "");
      LOG.debug("The first problem", cause);
    }
  }
}
