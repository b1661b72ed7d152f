package io.diskimage.spark.read;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageChangedException;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageFormat;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.NotAnImageException;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.StoredInput;
import io.diskimage.spark.cache.ImageCache;
import io.diskimage.spark.cache.ImageKey;
import io.diskimage.spark.cache.ImageLease;
import io.diskimage.spark.io.ChainGate;
import io.diskimage.spark.io.ChainRoots;
import io.diskimage.spark.io.CredentialPassphrases;
import io.diskimage.spark.metrics.ScanMetric;
import io.diskimage.spark.metrics.ScanMetrics;
import io.diskimage.spark.options.ChainMode;
import io.diskimage.spark.options.ReadOptions;
import io.diskimage.spark.plan.ImageFile;
import io.diskimage.spark.plan.ScanSpec;
import java.io.IOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.security.UserGroupInformation;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.sql.connector.metric.CustomTaskMetric;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What one reader works with: the scan, its counters, and the way to open images. */
final class TaskScan {
  private static final Logger LOG = LoggerFactory.getLogger(TaskScan.class);

  private final ScanSpec spec;
  private final ImageCache cache;
  private final TaskContext task;
  private final ScanMetrics metrics = new ScanMetrics();
  private final IoCounters io = new IoCounters();
  private String user;
  private ChainGate gate;
  private CredentialPassphrases passphrases;

  TaskScan(ScanSpec spec, ImageCache cache) {
    this.spec = spec;
    this.cache = cache;
    this.task = TaskContext.get();
  }

  ScanSpec spec() {
    return spec;
  }

  ReadOptions options() {
    return spec.options();
  }

  IoCounters io() {
    return io;
  }

  void count(ScanMetric metric, long amount) {
    metrics.add(metric, amount);
  }

  CustomTaskMetric[] metricValues() {
    metrics.set(ScanMetric.DATA_BYTES, io.dataBytes());
    metrics.set(ScanMetric.METADATA_BYTES, io.metadataBytes());
    metrics.set(ScanMetric.DECOMPRESSED_BYTES, io.decompressedBytes());
    metrics.set(ScanMetric.READS, io.reads());
    return metrics.values();
  }

  /** Counts and logs an image that cannot be read; called once for each. */
  void noteFailure(ImageFile file, IOException failure) {
    count(ScanMetric.IMAGES_FAILED, 1);
    LOG.warn("An image cannot be read: {}", Failures.named(file.path(), failure).getMessage());
  }

  /** Whether Spark wants the task to end. */
  boolean isKilled() {
    return task != null && task.isInterrupted();
  }

  /** Ends a task that Spark wants to end without interrupting its thread. */
  void checkKilled() {
    if (isKilled()) {
      throw new TaskKilledException();
    }
  }

  /**
   * Leases the image of a file.
   *
   * @throws OpenFailure if the file's format is known and still it cannot be opened
   */
  ImageLease lease(ImageFile file, Purpose purpose) throws IOException {
    return lease(file, options().imageFormat(), purpose);
  }

  /** Leases an image below another one, whose format that one has recorded. */
  ImageLease leaseLayer(ImageFile file, ImageFormat format) throws IOException {
    return lease(file, format.name(), Purpose.READ);
  }

  private ImageLease lease(ImageFile file, String format, Purpose purpose) throws IOException {
    long start = System.nanoTime();
    try (UnopenedFile unopened = new UnopenedFile(file, spec.hadoopConf().value())) {
      ImageKey key = key(file, format == null ? detected(file, unopened) : format, purpose);
      ImageLease lease = cache.lease(key, () -> open(key, unopened), io);
      while (lease.hit() && !isUnchanged(lease, purpose)) {
        lease.distrust();
        lease.close();
        lease = cache.lease(key, () -> open(key, unopened), io);
      }
      count(lease.hit() ? ScanMetric.CACHE_HITS : ScanMetric.IMAGES_OPENED, 1);
      return lease;
    } finally {
      count(ScanMetric.WAIT_TIME, System.nanoTime() - start);
    }
  }

  private String detected(ImageFile file, UnopenedFile unopened) throws IOException {
    return cache
        .formats()
        .of(file, options().probeFooter(), () -> formatOf(unopened.input()).name());
  }

  private ImageKey key(ImageFile file, String format, Purpose purpose) throws IOException {
    if (user == null) {
      user = UserGroupInformation.getCurrentUser().getUserName();
    }
    boolean follows = purpose == Purpose.READ && follows();
    return new ImageKey(
        file,
        format,
        options().limits(),
        options().formatOptions(),
        purpose,
        follows ? spec.chainRoots() : null,
        purpose == Purpose.READ ? passphrases().places() : List.of(),
        user);
  }

  private CredentialPassphrases passphrases() {
    if (passphrases == null) {
      passphrases =
          new CredentialPassphrases(options().passwordProvider(), spec.hadoopConf().value());
    }
    return passphrases;
  }

  /** Whether the layers below an image are read with it. */
  boolean follows() {
    return options().chain() == ChainMode.FOLLOW;
  }

  /** Answers the references of images that are read. */
  ChainGate gate() {
    if (gate == null) {
      Configuration conf = spec.hadoopConf().value();
      gate = new ChainGate(new ChainRoots(spec.chainRoots(), conf), spec.parents(), conf);
    }
    return gate;
  }

  /**
   * Whether the files of an image, but for its own, which the key tells apart, are still those that
   * were opened.
   */
  private static boolean isUnchanged(ImageLease lease, Purpose purpose) throws IOException {
    if (purpose != Purpose.READ) {
      return true;
    }
    boolean known = false;
    try {
      List<StoredInput> inputs = lease.image().inputs();
      for (StoredInput other : inputs.subList(1, inputs.size())) {
        other.input().requireUnchanged();
      }
      known = true;
      return true;
    } catch (ImageChangedException changed) {
      LOG.info("An image is opened again: {}", changed.getMessage());
      known = true;
      return false;
    } finally {
      if (!known) {
        lease.close();
      }
    }
  }

  private DiskImage open(ImageKey key, UnopenedFile unopened) throws IOException {
    DiskImage image = open(byName(key.imageFormat()), unopened.input(), key.purpose());
    unopened.taken();
    return image;
  }

  /**
   * The format asked for, or the one that recognises the file.
   *
   * @throws NotAnImageException if none does
   */
  ImageFormat formatOf(ImageInput input) throws IOException {
    String name = options().imageFormat();
    return name == null ? ImageFormats.detect(input, options().probeFooter(), io) : byName(name);
  }

  private static ImageFormat byName(String name) {
    return ImageFormats.byName(name)
        .orElseThrow(() -> new IllegalArgumentException("image format " + name));
  }

  private DiskImage open(ImageFormat format, ImageInput input, Purpose purpose) throws IOException {
    try {
      OpenOptions how =
          OpenOptions.of(purpose)
              .withLimits(options().limits())
              .withFormatOptions(options().formatOptions())
              .withIo(io);
      return format.open(
          input,
          purpose == Purpose.READ
              ? how.withReferences(follows() ? gate() : ChainGate.TOP)
                  .withPassphrases(passphrases())
              : how);
    } catch (NotAnImageException notOfThisFormat) {
      throw notOfThisFormat;
    } catch (ImageException failure) {
      throw new OpenFailure(format.name(), failure);
    }
  }
}
