package io.diskimage.services;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;

/** HDFS with datanodes that can be stopped and started again. */
public final class HdfsService implements AutoCloseable {
  private final ServiceProcess process;
  private final URI uri;

  private HdfsService(ServiceProcess process, URI uri) {
    this.process = process;
    this.uri = uri;
  }

  /**
   * Starts datanodes that all go by the name of 127.0.0.1.
   *
   * @param target existing directory; data lies in a new directory below it until the service ends,
   *     its log is {@code hdfs.log}
   * @param datanodes at least 1
   */
  public static HdfsService start(Path target, int datanodes) throws IOException {
    return start(target, Collections.nCopies(datanodes, "127.0.0.1"));
  }

  /**
   * Starts one datanode for each name of a host.
   *
   * @param target as above
   * @param hosts what the locations of blocks say; the names are not looked up, all datanodes
   *     listen on 127.0.0.1
   */
  public static HdfsService start(Path target, List<String> hosts) throws IOException {
    ServiceProcess process = ServiceProcess.start(HdfsServer.class, target, "hdfs", hosts);
    return new HdfsService(process, URI.create(process.ready()));
  }

  /** Of the file system, without a path. */
  public URI uri() {
    return uri;
  }

  /**
   * Ends a datanode; what it stores stays.
   *
   * @param index from 0, in the order of the hosts
   */
  public void stopDatanode(int index) throws IOException {
    process.ask(HdfsServer.STOP + index);
  }

  /** Starts a datanode that was stopped, and waits until the namenode knows its blocks. */
  public void startDatanode(int index) throws IOException {
    process.ask(HdfsServer.START + index);
  }

  /** Of the service's JVM. */
  public ProcessHandle process() {
    return process.handle();
  }

  /** Ends the service and removes its data. */
  @Override
  public void close() throws IOException {
    process.close();
  }
}
