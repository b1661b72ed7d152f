package io.diskimage.spark.index;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/**
 * Writes rows into parts of a generation, another one whenever the last is full. What is written
 * belongs to no index before its manifest is published.
 */
public final class PartWriter implements Closeable {
  /** Encoded, before compression. */
  private static final long FULL = 16L << 20;

  /** Values of one column of a part, however many of them a row has. */
  static final int MAX_VALUES = 1 << 19;

  /** Of one row: as many regions as an allocation summary has. */
  private static final int MAX_VALUES_OF_ROW = 8192;

  private final IndexDirectory directory;
  private final String generation;
  private final List<IndexPart> parts = new ArrayList<>();
  private ParquetBytes.Output output;
  private ParquetWriter<Group> writer;
  private int rows;
  private int runs;

  /**
   * Starts without a part.
   *
   * @param location of the index
   * @param generation its name
   * @throws IOException if there is no such file system
   */
  public PartWriter(String location, String generation, Configuration conf) throws IOException {
    this.directory = new IndexDirectory(location, conf);
    this.generation = generation;
  }

  /** Adds a row. */
  public void add(IndexRow row) throws IOException {
    if (writer == null) {
      output = new ParquetBytes.Output();
      writer =
          ExampleParquetWriter.builder(output)
              .withType(IndexSchema.FULL)
              .withConf(new PlainParquetConfiguration())
              .withCompressionCodec(CompressionCodecName.ZSTD)
              .build();
    }
    writer.write(RowCodec.encode(row));
    rows++;
    runs += row.allocation() == null ? 0 : row.allocation().runs().size();
    if (rows == IndexPart.MAX_ROWS
        || runs + MAX_VALUES_OF_ROW + rows > MAX_VALUES
        || writer.getDataSize() >= FULL) {
      finishPart();
    }
  }

  private void finishPart() throws IOException {
    writer.close();
    writer = null;
    parts.add(directory.write(generation, output.content(), rows));
    rows = 0;
    runs = 0;
  }

  /** Ends the last part; those that were written, in their order. */
  public List<IndexPart> finish() throws IOException {
    if (writer != null) {
      finishPart();
    }
    return List.copyOf(parts);
  }

  /** Drops what has not been written. */
  @Override
  public void close() throws IOException {
    if (writer != null) {
      writer.close();
      writer = null;
    }
  }
}
