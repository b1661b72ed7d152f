package io.diskimage.services;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;

/** Main class of an {@link S3Service}: S3Proxy over a directory. */
final class S3Server implements ServiceConsole.Service {
  private final S3Proxy proxy;

  private S3Server(S3Proxy proxy) {
    this.proxy = proxy;
  }

  /** Starts a server. The argument is an empty directory. */
  public static void main(String[] arguments) {
    ServiceConsole.serve(Path.of(arguments[0]), S3Server::start);
  }

  private static S3Server start(Path directory) throws Exception {
    FilesystemNio2BlobStore objects = new FilesystemNio2BlobStore(directory.toString());
    objects.createContainer(S3Service.BUCKET);
    S3Proxy proxy =
        S3Proxy.builder()
            .blobStore(objects)
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(
                AuthenticationType.AWS_V4, S3Service.ACCESS_KEY, S3Service.SECRET_KEY)
            // Who ends the service reads nothing more.
            .stopTimeout(0)
            .build();
    proxy.start();
    return new S3Server(proxy);
  }

  @Override
  public String description() {
    return "http://127.0.0.1:" + proxy.getPort();
  }

  @Override
  public void obey(String line) {
    throw new IllegalArgumentException("unknown command");
  }

  @Override
  public void close() throws IOException {
    try {
      proxy.stop();
    } catch (Exception failure) {
      throw new IOException("the server does not stop", failure);
    }
  }
}
