package io.diskimage.spark.read;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageFormat;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.NotAnImageException;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.spark.io.ImageInputs;
import io.diskimage.spark.options.ReadOptions;
import io.diskimage.spark.plan.ImageFile;
import io.diskimage.spark.plan.ParentIndex;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.util.SerializableConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ids of files that are images which others may name by id. Of all others no more than the magic is
 * read, and of those no more than their description.
 */
public final class ParentProbe implements FlatMapFunction<Iterator<ImageFile>, ParentIndex.Entry> {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(ParentProbe.class);

  private final ReadOptions options;
  private final SerializableConfiguration conf;

  public ParentProbe(ReadOptions options, SerializableConfiguration conf) {
    this.options = options;
    this.conf = conf;
  }

  @Override
  public Iterator<ParentIndex.Entry> call(Iterator<ImageFile> files) throws IOException {
    List<ParentIndex.Entry> entries = new ArrayList<>();
    while (files.hasNext()) {
      ImageFile file = files.next();
      try {
        ParentIndex.Id id = file.length() == 0 ? null : idOf(file);
        if (id != null) {
          entries.add(new ParentIndex.Entry(id, file));
        }
      } catch (NotAnImageException other) {
        LOG.debug("{} is nobody's parent", file.path(), other);
      } catch (IOException unreadable) {
        TaskAttempts.rethrowPassing(file.path(), unreadable);
        LOG.warn("{} is taken for nobody's parent", file.path(), unreadable);
      }
    }
    return entries.iterator();
  }

  /** Null if nobody can name the image by id. */
  private ParentIndex.Id idOf(ImageFile file) throws IOException {
    IoCounters io = new IoCounters();
    try (ImageInput input = ImageInputs.open(file, conf.value())) {
      ImageFormat format = ImageFormats.detect(input, options.probeFooter(), io);
      if (!format.parentsById()) {
        return null;
      }
      OpenOptions how =
          OpenOptions.of(Purpose.INFO)
              .withLimits(options.limits())
              .withFormatOptions(options.formatOptions())
              .withIo(io);
      try (DiskImage image = format.open(input, how)) {
        String id = image.info().imageId();
        return id == null ? null : new ParentIndex.Id(format.name(), id);
      }
    }
  }
}
