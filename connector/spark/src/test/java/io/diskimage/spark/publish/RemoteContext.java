package io.diskimage.spark.publish;

import io.diskimage.spark.io.RemoteFiles;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.DelegateToFileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;

/** The files of {@link RemoteFiles} as renaming sees them: to replace one, it is removed first. */
public final class RemoteContext extends DelegateToFileSystem {
  /** What goes wrong with renaming, one of {@link Fault}. */
  static final String FAULT = "test.rename.fault";

  /** What goes wrong with renaming. */
  enum Fault {
    NONE,
    /** It fails. */
    FAILS,
    /** Somebody creates a file of the new name, just before. */
    COMES_LATE
  }

  /** As Hadoop asks for. */
  public RemoteContext(URI uri, Configuration conf) throws IOException, URISyntaxException {
    super(uri, new Files(conf.getEnum(FAULT, Fault.NONE)), conf, uri.getScheme(), false);
  }

  private static final class Files extends RemoteFiles {
    private final Fault fault;

    Files(Fault fault) {
      this.fault = fault;
    }

    @Override
    @SuppressWarnings("deprecation") // What contexts call.
    protected void rename(Path from, Path to, Options.Rename... options) throws IOException {
      switch (fault) {
        case NONE -> super.rename(from, to, options);
        case FAILS -> throw new IOException("broken");
        case COMES_LATE -> {
          create(to, false).close();
          super.rename(from, to, options);
        }
      }
    }
  }
}
