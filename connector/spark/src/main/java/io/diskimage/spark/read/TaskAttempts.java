package io.diskimage.spark.read;

import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;

/**
 * Which failures are left to Spark, which tries a task again that fails. An image is bad if it is
 * bad in the last attempt, too; of a store that fails once in a while the next attempt gets bytes.
 */
final class TaskAttempts {
  private static final Pattern LOCAL_MASTER =
      Pattern.compile("local(?:\\[[^,\\]]*(?:,\\s*(\\d+)\\s*)?\\])?");

  private TaskAttempts() {}

  /**
   * Fails the task if what it met says nothing about the image: if the task was interrupted, and if
   * the store failed as long as there is another attempt.
   *
   * @param path of the image, which the exception names
   */
  static void rethrowPassing(String path, IOException failure) throws IOException {
    Failures.rethrowInterruption(failure);
    TaskContext task = TaskContext.get();
    if (task != null
        && task.attemptNumber() + 1 < allowed(SparkEnv.get().conf())
        && Failures.mayPass(failure)
        && !Failures.isRefusal(failure)) {
      throw Failures.named(path, failure);
    }
  }

  /** How often a task may fail, itself included, before its job does. */
  static int allowed(SparkConf conf) {
    Matcher local = LOCAL_MASTER.matcher(conf.get("spark.master", ""));
    if (!local.matches()) {
      return conf.getInt("spark.task.maxFailures", 4);
    }
    return local.group(1) == null ? 1 : Integer.parseInt(local.group(1));
  }
}
