package io.diskimage.format.qcow2;

import io.diskimage.format.ImageChangedException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;

/**
 * Every L1 entry of the active disk and of the snapshots, and every L2 table they name, each read
 * once however many entries name it. Tables that lie side by side are read together.
 */
final class MappingWalk {
  private static final int WINDOW = 1 << 20;

  private final CheckedImage image;
  private final TableAreas areas;
  private final L2Uses uses;
  private byte[] window = new byte[0];
  private long windowFrom;
  private int windowLength;
  private long tablesRead;
  private IOException failure;

  /** Takes what there is. */
  interface Visitor extends TableAreas.Visitor {
    @Override
    default void entry(long at, long entry, int active, long snapshots) throws IOException {
      // Not every visitor looks at them.
    }

    /**
     * An L2 table.
     *
     * @param bytes that hold it, with zeros for what the file does not have
     * @param from where in them it begins
     */
    void table(L2Uses.Use use, byte[] bytes, int from) throws IOException;
  }

  MappingWalk(CheckedImage image, TableAreas areas) {
    this.image = image;
    this.areas = areas;
    this.uses = new L2Uses(image.run().memoryBudget() / 8);
  }

  /**
   * Visits everything that can be read.
   *
   * @throws IOException why a table could not be read, after all the others were visited
   */
  void visit(Visitor visitor) throws IOException {
    windowLength = 0;
    areas.visit(
        (at, entry, active, snapshots) -> {
          visitor.entry(at, entry, active, snapshots);
          uses.add(L1Table.offsetIn(entry), active, snapshots);
          if (uses.full()) {
            visitTables(visitor);
          }
        });
    visitTables(visitor);
    if (failure != null) {
      throw failure;
    }
  }

  private void visitTables(Visitor visitor) throws IOException {
    L2Uses.Use[] tables = uses.drain();
    for (int i = 0; i < tables.length; i++) {
      long offset = tables[i].offset();
      if (image.stores(offset) && (tryHold(tables, i, WINDOW) || tryHold(tables, i, 0))) {
        visitor.table(tables[i], window, (int) (offset - windowFrom));
      }
    }
  }

  /** Reads a table; of those that fail even alone, the first is told in the end. */
  private boolean tryHold(L2Uses.Use[] tables, int first, int together) throws IOException {
    try {
      hold(tables, first, together);
      return true;
    } catch (ImageChangedException | ClosedByInterruptException | InterruptedIOException ends) {
      throw ends;
    } catch (IOException unreadable) {
      if (failure == null && together == 0) {
        failure = unreadable;
      }
      return false;
    }
  }

  /** Reads a table, and those that begin where it and the ones behind it end, or before. */
  private void hold(L2Uses.Use[] tables, int first, int together) throws IOException {
    long from = tables[first].offset();
    long size = image.clusterSize();
    if (windowLength > 0 && from >= windowFrom && from + size <= windowFrom + windowLength) {
      return;
    }
    image.run().progress(tablesRead, tablesRead + tables.length - first);
    tablesRead++;
    long end = from + size;
    for (int i = first + 1; i < tables.length && tables[i].offset() <= end; i++) {
      long next = tables[i].offset() + size;
      if (next - from > together) {
        break;
      }
      end = next;
    }
    windowLength = 0;
    int length = (int) (end - from);
    if (window.length < length) {
      window = new byte[length];
    }
    image.run().io().metadataRead(image.input().readPadded(from, window, 0, length));
    windowFrom = from;
    windowLength = length;
  }
}
