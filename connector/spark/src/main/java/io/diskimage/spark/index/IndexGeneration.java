package io.diskimage.spark.index;

import java.io.IOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A build of an index: tasks write its parts, and the driver publishes them together. */
public final class IndexGeneration {
  private static final Logger LOG = LoggerFactory.getLogger(IndexGeneration.class);

  private final IndexDirectory directory;
  private final String name;

  private IndexGeneration(IndexDirectory directory, String name) {
    this.directory = directory;
    this.name = name;
  }

  /** Begins; nothing is written yet. */
  public static IndexGeneration begin(String location, Configuration conf) throws IOException {
    IndexDirectory directory = new IndexDirectory(location, conf);
    return new IndexGeneration(directory, directory.nextGeneration());
  }

  /** By which tasks write their parts. */
  public String name() {
    return name;
  }

  /** The location with its file system. */
  public String location() {
    return directory.location().toString();
  }

  /**
   * Makes the parts the index, and removes what is older than the index before.
   *
   * @throws IOException if it is not published
   */
  public void publish(IndexSettings settings, List<IndexPart> parts) throws IOException {
    directory.publish(name, new IndexManifest(settings.values(), parts));
    try {
      directory.clean(name, parts);
    } catch (IOException left) {
      LOG.warn("Older files of the index {} are left", location(), left);
    }
  }

  /** Removes what tasks wrote, after a failure. */
  public void abandon() {
    try {
      directory.abandon(name);
    } catch (IOException left) {
      LOG.warn("Files of an index that was not built are left at {}", location(), left);
    }
  }
}
