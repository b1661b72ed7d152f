package io.diskimage.spark.index;

import io.diskimage.spark.plan.ImageFile;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Collection;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rows of {@link KnownFiles}, read on an executor. A row that cannot be read, or is not that of
 * the file, is not there: the image is opened instead.
 */
public final class KnownRows implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(KnownRows.class);

  private final KnownFiles known;
  private final Collection<String> columns;
  private final Configuration conf;
  private PartRows rows;
  private boolean broken;
  private int file;
  private int position;

  /**
   * Opens nothing yet.
   *
   * @param columns of the rows, besides those that tell the file
   */
  public KnownRows(KnownFiles known, Collection<String> columns, Configuration conf) {
    this.known = known;
    this.columns = columns;
    this.conf = conf;
  }

  /** Whole rows, with what only an index has. */
  public static KnownRows whole(KnownFiles known, Configuration conf) {
    return new KnownRows(known, IndexSchema.COLUMNS, conf);
  }

  /**
   * The row of the next file.
   *
   * @param wanted the file at this position of the task
   * @throws IOException if the task is interrupted
   */
  public Optional<IndexRow> next(ImageFile wanted) throws IOException {
    int target = known.rows()[file++];
    if (broken) {
      return Optional.empty();
    }
    try {
      if (rows == null) {
        byte[] content = new IndexDirectory(known.location(), conf).part(known.part());
        rows = PartRows.open(known.part(), content, columns);
      }
      IndexRow row = null;
      while (position <= target) {
        row = rows.next();
        position++;
      }
      if (row != null && row.settled() && row.file().equals(wanted)) {
        return Optional.of(row);
      }
      throw new IOException(known.part().name() + ": row " + target + " is of another file");
    } catch (InterruptedIOException interruption) {
      throw interruption;
    } catch (IOException unreadable) {
      broken = true;
      LOG.warn("A file of the index {} is not used: {}", known.location(), unreadable.getMessage());
      LOG.debug("The problem", unreadable);
      return Optional.empty();
    }
  }

  /** Whether the part could not be used from some row on. */
  public boolean broken() {
    return broken;
  }

  @Override
  public void close() throws IOException {
    if (rows != null) {
      rows.close();
      rows = null;
    }
  }
}
