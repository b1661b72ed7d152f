package io.diskimage.services;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** An S3 server with one bucket and fixed credentials. */
public final class S3Service implements AutoCloseable {
  /** The bucket that is there from the start. */
  public static final String BUCKET = "diskimage";

  /** Access key that the server lets in. */
  public static final String ACCESS_KEY = "diskimage-access-key";

  /** Secret of the access key. */
  public static final String SECRET_KEY = "diskimage-secret-key";

  private final ServiceProcess process;
  private final URI endpoint;

  private S3Service(ServiceProcess process, URI endpoint) {
    this.process = process;
    this.endpoint = endpoint;
  }

  /**
   * Starts a server.
   *
   * @param target existing directory; objects lie in a new directory below it until the service
   *     ends, its log is {@code s3.log}
   */
  public static S3Service start(Path target) throws IOException {
    ServiceProcess process = ServiceProcess.start(S3Server.class, target, "s3", List.of());
    return new S3Service(process, URI.create(process.ready()));
  }

  /** Where it listens: {@code http://127.0.0.1:PORT}. */
  public URI endpoint() {
    return endpoint;
  }

  /** What Hadoop's S3A must be told to get here. */
  public Map<String, String> configuration() {
    return configuration(endpoint);
  }

  /** The same for something between S3A and the server. */
  public static Map<String, String> configuration(URI endpoint) {
    return Map.of(
        "fs.s3a.endpoint", endpoint.toString(),
        "fs.s3a.endpoint.region", "us-east-1",
        "fs.s3a.path.style.access", "true",
        "fs.s3a.connection.ssl.enabled", "false",
        "fs.s3a.aws.credentials.provider", "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
        "fs.s3a.access.key", ACCESS_KEY,
        "fs.s3a.secret.key", SECRET_KEY);
  }

  /** Of the service's JVM. */
  public ProcessHandle process() {
    return process.handle();
  }

  /** Ends the service and removes its objects. */
  @Override
  public void close() throws IOException {
    process.close();
  }
}
