package io.diskimage.spark;

import io.diskimage.spark.index.IndexGeneration;
import io.diskimage.spark.index.IndexPart;
import io.diskimage.spark.index.IndexRow;
import io.diskimage.spark.index.IndexSettings;
import io.diskimage.spark.index.PartWriter;
import io.diskimage.spark.options.OptionLayers;
import io.diskimage.spark.options.TimeTravel;
import io.diskimage.spark.read.ObjectRow;
import io.diskimage.spark.table.TableKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.apache.hadoop.conf.Configuration;

/** Indexes that are whole, and say what is not so. */
final class ForgedIndex {
  private static final Configuration CONF = new Configuration();

  private ForgedIndex() {}

  /** An index of one file with any content. */
  static void of(Path index, byte[] content, int rows) throws IOException {
    IndexGeneration generation = IndexGeneration.begin(index.toString(), CONF);
    String name = generation.name() + "/" + UUID.randomUUID() + ".parquet";
    Files.createDirectories(index.resolve(generation.name()));
    Files.write(index.resolve(name), content);
    CRC32C checksum = new CRC32C();
    checksum.update(content);
    generation.publish(
        settings(), List.of(new IndexPart(name, content.length, rows, (int) checksum.getValue())));
  }

  /** An index by which every image stores so many bytes. */
  static void claiming(IndexedFleet fleet, long allocatedSize) throws IOException {
    IndexGeneration generation = IndexGeneration.begin(fleet.index().toString(), CONF);
    try (PartWriter writer = new PartWriter(fleet.index().toString(), generation.name(), CONF);
        Stream<Path> files = Files.walk(fleet.root())) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        ObjectRow row =
            new ObjectRow(TableKind.IMAGES)
                .set("path", "file:" + file)
                .set("host_size", Files.size(file))
                .set("modified", Files.getLastModifiedTime(file).toMillis() * 1000)
                .set("allocated_size", allocatedSize);
        writer.add(IndexRow.opened(row, null, true, null));
      }
      generation.publish(settings(), writer.finish());
    }
  }

  private static IndexSettings settings() {
    return IndexSettings.of(
        OptionLayers.ofReader(Map.of())
            .resolve(TableKind.IMAGES, List.of("/"), TimeTravel.NONE)
            .read());
  }
}
