package io.diskimage.spark.index;

import java.io.Closeable;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;

/**
 * The rows of a part, one after the other, with some of their columns. What Parquet throws for
 * content that makes no sense is unchecked; here it is an IOException. That goes for errors too: a
 * file that was made to do harm can have Parquet ask for more memory, all at once, than there is.
 */
final class PartRows implements Closeable {
  private final String name;
  private final MessageType schema;
  private final ParquetFileReader file;
  private final MessageColumnIO columns;
  private final int rows;
  private RecordReader<Group> group;
  private long leftInGroup;
  private int read;

  private PartRows(String name, ParquetFileReader file, Collection<String> wanted, int rows) {
    this.name = name;
    this.file = file;
    this.rows = rows;
    Set<String> all = new LinkedHashSet<>(wanted);
    all.addAll(IndexSchema.IDENTITY);
    schema = IndexSchema.of(all);
    file.setRequestedSchema(schema);
    columns = new ColumnIOFactory().getColumnIO(schema);
  }

  /**
   * Opens a part.
   *
   * @param content of its file
   * @param wanted names of columns, besides the identity of the files
   * @throws IOException if it is no part of an index
   */
  static PartRows open(IndexPart part, byte[] content, Collection<String> wanted)
      throws IOException {
    ParquetFileReader file = null;
    PartRows opened = null;
    try {
      file =
          ParquetFileReader.open(
              new ParquetBytes.Input(content),
              ParquetReadOptions.builder(new PlainParquetConfiguration()).build());
      if (!file.getFileMetaData().getSchema().equals(IndexSchema.FULL)) {
        throw new IOException(part.name() + ": not the columns of an index");
      }
      if (file.getRecordCount() != part.rows()) {
        throw new IOException(
            part.name() + ": " + file.getRecordCount() + " rows instead of " + part.rows());
      }
      requireBounded(part, file);
      opened = new PartRows(part.name(), file, wanted, part.rows());
      return opened;
    } catch (RuntimeException | OutOfMemoryError | StackOverflowError senseless) {
      throw damaged(part.name(), senseless);
    } finally {
      if (opened == null && file != null) {
        file.close();
      }
    }
  }

  /** Runs of equal values take a few bytes of a file, however many there are. */
  private static void requireBounded(IndexPart part, ParquetFileReader file) throws IOException {
    for (BlockMetaData group : file.getRowGroups()) {
      for (ColumnChunkMetaData column : group.getColumns()) {
        if (column.getValueCount() > PartWriter.MAX_VALUES) {
          throw new IOException(
              part.name() + ": " + column.getValueCount() + " values of " + column.getPath());
        }
      }
    }
  }

  private static IOException damaged(String name, Throwable reason) {
    return new IOException(name + ": damaged: " + reason.getMessage(), reason);
  }

  /** Whether there is another row. */
  boolean hasNext() {
    return read < rows;
  }

  /**
   * The next row.
   *
   * @throws IOException if it cannot be read
   */
  IndexRow next() throws IOException {
    try {
      while (leftInGroup == 0) {
        PageReadStore pages = file.readNextRowGroup();
        if (pages == null) {
          throw new IOException(name + ": ends before its rows");
        }
        leftInGroup = pages.getRowCount();
        group = columns.getRecordReader(pages, new GroupRecordConverter(schema));
      }
      leftInGroup--;
      read++;
      return RowCodec.decode(group.read(), schema);
    } catch (RuntimeException | OutOfMemoryError | StackOverflowError senseless) {
      throw damaged(name, senseless);
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
