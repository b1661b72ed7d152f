package io.diskimage.format.chain;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.IoCounters;
import java.io.IOException;
import java.util.List;

/**
 * The runs of a disk of several layers. Each byte is looked for from the top down, until a layer
 * has it or there is none below (formats/README.md sections 5 and 6).
 */
final class LayeredExtents implements ExtentCursor {
  /** Runs of a lower layer that an upper one hides are stepped through, unless they are long. */
  private static final long LONG = 64L << 20;

  private final List<DiskImage> layers;
  private final int[] firstInputs;
  private final long end;
  private final IoCounters io;
  private final ExtentCursor[] runs;

  private long offset;
  private long length;

  /** Whose current run this one lies in; null if its layer gives none. */
  private ExtentCursor run;

  /** Whether the layer below ends before this run. */
  private boolean behindLayerBelow;

  private int layer;
  private IOException failure;

  LayeredExtents(List<DiskImage> layers, int[] firstInputs, long from, long to, IoCounters io) {
    this.layers = layers;
    this.firstInputs = firstInputs;
    this.offset = from;
    this.end = to;
    this.io = io;
    this.runs = new ExtentCursor[layers.size()];
  }

  @Override
  public boolean next() {
    offset += length;
    length = 0;
    if (offset >= end) {
      return false;
    }
    long limit = end;
    layer = 0;
    while (true) {
      behindLayerBelow = false;
      try {
        reach(layer);
        failure = run.failure();
        limit = Math.min(limit, endOf(run));
      } catch (IOException unreadable) {
        run = null;
        failure = unreadable;
      }
      if (failure != null || layer == layers.size() - 1 || isDecided(run.kind())) {
        break;
      }
      long below = layers.get(layer + 1).virtualSize();
      behindLayerBelow = offset >= below;
      if (behindLayerBelow) {
        break;
      }
      limit = Math.min(limit, below);
      layer++;
    }
    length = limit - offset;
    return true;
  }

  private static boolean isDecided(ExtentKind kind) {
    return kind != ExtentKind.BACKING && kind != ExtentKind.UNALLOCATED;
  }

  private static long endOf(ExtentCursor cursor) {
    return cursor.offset() + cursor.length();
  }

  /** Makes the run of a layer current that has the offset. */
  private void reach(int index) throws IOException {
    ExtentCursor cursor = runs[index];
    if (cursor != null && endOf(cursor) < offset - LONG) {
      cursor = null;
    }
    if (cursor == null) {
      DiskImage image = layers.get(index);
      cursor = image.extents(offset, Math.min(end, image.virtualSize()), io);
      step(cursor, index);
      runs[index] = cursor;
    }
    while (endOf(cursor) <= offset) {
      step(cursor, index);
    }
    run = cursor;
  }

  private void step(ExtentCursor cursor, int index) {
    if (!cursor.next()) {
      throw new IllegalStateException("the mapping of layer " + index + " ends before " + offset);
    }
  }

  @Override
  public long offset() {
    return offset;
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public ExtentKind kind() {
    if (failure != null) {
      return null;
    }
    return behindLayerBelow ? ExtentKind.UNALLOCATED : run.kind();
  }

  /** Behind the end of the layer below there are zeros that no layer has. */
  @Override
  public int flags() {
    if (failure != null) {
      return 0;
    }
    return behindLayerBelow ? run.flags() | ZERO : run.flags();
  }

  @Override
  public long hostOffset() {
    if (run == null || run.hostOffset() < 0) {
      return -1;
    }
    boolean stream = run.kind() == ExtentKind.COMPRESSED;
    return stream ? run.hostOffset() : run.hostOffset() + (offset - run.offset());
  }

  @Override
  public long hostLength() {
    if (run == null || run.hostOffset() < 0) {
      return 0;
    }
    return run.kind() == ExtentKind.COMPRESSED ? run.hostLength() : length;
  }

  @Override
  public long clusterOffset() {
    return run != null && run.kind() == ExtentKind.COMPRESSED ? run.clusterOffset() : offset;
  }

  @Override
  public int input() {
    return firstInputs[layer] + (run == null ? 0 : run.input());
  }

  /** Of the layer that said the last word, though it be that it has nothing. */
  @Override
  public int depth() {
    if (failure != null) {
      return -1;
    }
    if (behindLayerBelow) {
      return layer;
    }
    return run.depth() < 0 ? -1 : layer + run.depth();
  }

  @Override
  public IOException failure() {
    return failure;
  }
}
