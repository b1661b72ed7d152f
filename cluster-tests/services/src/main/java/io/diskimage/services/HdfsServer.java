package io.diskimage.services;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.hdfs.MiniDFSCluster.DataNodeProperties;
import org.apache.hadoop.hdfs.server.datanode.DataNode;

/** Main class of an {@link HdfsService}: a namenode and datanodes in one JVM. */
final class HdfsServer implements ServiceConsole.Service {
  static final String STOP = "stop-datanode ";
  static final String START = "start-datanode ";

  private final MiniDFSCluster cluster;

  /** Names by which the cluster finds datanodes, which others change their places in its list. */
  private final List<String> datanodes = new ArrayList<>();

  private final Map<Integer, DataNodeProperties> stopped = new HashMap<>();

  private HdfsServer(MiniDFSCluster cluster) {
    this.cluster = cluster;
    for (DataNode datanode : cluster.getDataNodes()) {
      datanodes.add(datanode.getDatanodeId().getXferAddr());
    }
  }

  /** Starts a cluster. The arguments are an empty directory and the names of hosts. */
  public static void main(String[] arguments) {
    String[] hosts = Arrays.copyOfRange(arguments, 1, arguments.length);
    ServiceConsole.serve(Path.of(arguments[0]), directory -> start(directory, hosts));
  }

  private static HdfsServer start(Path directory, String[] hosts) throws IOException {
    Configuration conf = new Configuration();
    // A datanode that was stopped counts as dead after seconds instead of ten minutes.
    conf.setInt("dfs.heartbeat.interval", 1);
    conf.setInt("dfs.namenode.heartbeat.recheck-interval", 1000);
    // Images of tests are small; their blocks are to lie on several datanodes none the less.
    conf.setInt("dfs.namenode.fs-limits.min-block-size", 4096);
    MiniDFSCluster cluster =
        new MiniDFSCluster.Builder(conf, directory.toFile())
            .numDataNodes(hosts.length)
            .hosts(hosts)
            .build();
    cluster.waitActive();
    return new HdfsServer(cluster);
  }

  @Override
  public String description() {
    return "hdfs://127.0.0.1:" + cluster.getNameNodePort();
  }

  @Override
  public void obey(String line) throws Exception {
    if (line.startsWith(STOP)) {
      stop(Integer.parseInt(line.substring(STOP.length())));
    } else if (line.startsWith(START)) {
      restart(Integer.parseInt(line.substring(START.length())));
    } else {
      throw new IllegalArgumentException("unknown command");
    }
  }

  private void stop(int index) {
    DataNodeProperties properties = cluster.stopDataNode(datanodes.get(index));
    if (properties == null) {
      throw new IllegalStateException("the datanode does not run");
    }
    stopped.put(index, properties);
  }

  private void restart(int index) throws Exception {
    DataNodeProperties properties = stopped.remove(index);
    if (properties == null) {
      throw new IllegalStateException("the datanode was not stopped");
    }
    boolean samePort = true;
    cluster.restartDataNode(properties, samePort);
    cluster.waitActive();
  }

  @Override
  public void close() {
    cluster.shutdown();
  }
}
