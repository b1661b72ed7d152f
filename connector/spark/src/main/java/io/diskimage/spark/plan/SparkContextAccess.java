package io.diskimage.spark.plan;

import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.util.SerializableConfiguration;
import scala.jdk.javaapi.CollectionConverters;

/** What planning asks of the session that runs the query. */
final class SparkContextAccess {

  /** Hadoop's configuration of the session, with the settings of the read. */
  Configuration configuration(Map<String, String> settings) {
    Configuration conf = SparkSession.active().sessionState().newHadoopConf();
    settings.forEach(conf::set);
    StoreDefaults.complete(conf);
    return conf;
  }

  SerializableConfiguration serializable(Configuration conf) {
    return new SerializableConfiguration(conf);
  }

  <T extends Serializable> Broadcast<T> broadcast(T value) {
    return JavaSparkContext.fromSparkContext(context()).broadcast(value);
  }

  /**
   * Runs a job over some values.
   *
   * @param perTask values that a task gets at most
   */
  <T extends Serializable, R extends Serializable> List<R> flatMap(
      List<T> values, int perTask, FlatMapFunction<Iterator<T>, R> function) {
    if (values.isEmpty()) {
      return List.of();
    }
    int tasks = Math.min(values.size(), Math.max(parallelism(), values.size() / perTask + 1));
    return JavaSparkContext.fromSparkContext(context())
        .parallelize(values, tasks)
        .mapPartitions(function)
        .collect();
  }

  /** Tasks that a scan should at least have. */
  int parallelism() {
    return SparkSession.active().leafNodeDefaultParallelism();
  }

  /** Executors in the form of preferred locations, ordered; none in local mode. */
  List<String> executors() {
    if (context().isLocal()) {
      return List.of();
    }
    BlockManager driver = SparkEnv.get().blockManager();
    return CollectionConverters.asJava(driver.master().getPeers(driver.blockManagerId())).stream()
        .map(peer -> "executor_" + peer.host() + "_" + peer.executorId())
        .sorted()
        .toList();
  }

  private static SparkContext context() {
    return SparkSession.active().sparkContext();
  }
}
