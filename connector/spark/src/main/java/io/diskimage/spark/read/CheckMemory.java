package io.diskimage.spark.read;

import io.diskimage.format.check.CheckOptions;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;

/** What the counting of one check may take of the heap that all tasks of an executor share. */
final class CheckMemory {
  /** The part of the heap that checks may take together; Spark's own share is 60 percent. */
  private static final int HEAP_PART = 4;

  private CheckMemory() {}

  /** Bytes for a check in this JVM. */
  static long ofTask() {
    Runtime jvm = Runtime.getRuntime();
    SparkEnv env = SparkEnv.get();
    int tasks =
        env == null ? jvm.availableProcessors() : tasks(env.conf(), jvm.availableProcessors());
    return share(jvm.maxMemory(), tasks);
  }

  /**
   * Tasks that run at once.
   *
   * @param processors of the machine, which an executor uses if nothing else is said
   */
  static int tasks(SparkConf conf, int processors) {
    int cores = conf.getInt("spark.executor.cores", processors);
    return Math.max(1, cores / Math.max(1, conf.getInt("spark.task.cpus", 1)));
  }

  static long share(long heap, int tasks) {
    return Math.min(CheckOptions.DEFAULT_MEMORY_BUDGET, Math.max(1, heap / HEAP_PART / tasks));
  }
}
