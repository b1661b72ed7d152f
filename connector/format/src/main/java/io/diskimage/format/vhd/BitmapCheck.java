package io.diskimage.format.vhd;

import io.diskimage.format.ReadAdvice;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import java.io.IOException;

/**
 * Row 13 of vhd.md section 7: the bitmap of each stored block, read in host order and together with
 * its neighbours where the store likes that.
 */
final class BitmapCheck {
  private static final int MAX_WINDOW = 1 << 20;

  private final CheckRun run;
  private final DiskLayout layout;
  private final Batmap batmap;
  private final SectorBitmap bitmap;
  private final AbsentSectors absent;

  private byte[] window = {};
  private long windowFrom;
  private long windowTo;
  private boolean windowRead;
  private long previous = BlockTable.NOT_ALLOCATED;

  /**
   * A check of all bitmaps.
   *
   * @param batmap null if there is none that readers go by
   */
  BitmapCheck(CheckRun run, DiskLayout layout, VhdFooter footer, Batmap batmap) {
    this.run = run;
    this.layout = layout;
    this.batmap = batmap;
    this.bitmap = new SectorBitmap(footer);
    // Of a differencing disk the parent fills in, and what is stored there means nothing.
    boolean readsData = run.reaches(CheckLevel.FULL) && !footer.isDifferencing();
    this.absent = readsData ? new AbsentSectors(run, layout) : null;
  }

  void check(HostOrder order) throws IOException {
    if (layout.bitmapBytes() == 0) {
      // Blocks below 4 KiB: the format's formula gives them no bitmap (vhd.md section 1.4).
      return;
    }
    order.walk(
        (keys, count) -> {
          for (int i = 0; i < count; i++) {
            run.progress(DiskLayout.host(HostOrder.entry(keys[i])), layout.dataEnd());
            checkBlock(keys, i, count);
          }
        });
  }

  private void checkBlock(long[] keys, int at, int count) throws IOException {
    long entry = HostOrder.entry(keys[at]);
    long index = HostOrder.index(keys[at]);
    // A block for two places in the disk has one bitmap; one that is cut has none to go by.
    boolean again = entry == previous;
    previous = entry;
    if (again || layout.sectorsOf(index) == 0 || layout.place(entry) != DiskLayout.Place.DATA) {
      return;
    }
    if (!hold(keys, at, count)) {
      return;
    }
    bitmap.at(window, (int) (DiskLayout.host(entry) - windowFrom), layout.sectorsOf(index));
    if (bitmap.isEmpty()) {
      run.find(
          finding(FindingKind.VHD_BITMAP_EMPTY, entry, index)
              .says("block %d is stored, but none of its sectors is said to be", index));
    }
    if (batmap != null && !bitmap.isFull() && batmap.isFull(index)) {
      run.find(
          finding(FindingKind.VHD_BATMAP_BIT, entry, index)
              .says("the batmap says that block %d is full, its bitmap that it is not", index));
    }
    if (absent != null) {
      absent.check(bitmap, entry, index);
    }
  }

  /** Makes the window hold a block's bitmap; false if it cannot be read. */
  private boolean hold(long[] keys, int at, int count) throws IOException {
    long wanted = DiskLayout.host(HostOrder.entry(keys[at]));
    if (wanted < windowFrom || wanted + layout.bitmapBytes() > windowTo) {
      windowFrom = wanted;
      windowTo = requestEnd(keys, at, count);
      int length = (int) (windowTo - windowFrom);
      if (window.length < length) {
        window = new byte[length];
      }
      windowRead = PartialReads.read(run, windowFrom, window, length, run.io()::metadataRead);
    }
    return windowRead;
  }

  private long requestEnd(long[] keys, int first, int count) {
    ReadAdvice advice = run.input().advice();
    long start = DiskLayout.host(HostOrder.entry(keys[first]));
    long end = start + layout.bitmapBytes();
    for (int i = first + 1; i < count; i++) {
      long next = DiskLayout.host(HostOrder.entry(keys[i]));
      long nextEnd = next + layout.bitmapBytes();
      if (next - end > advice.maxGap()
          || nextEnd - start > Math.min(advice.maxRead(), MAX_WINDOW)) {
        break;
      }
      end = Math.max(end, nextEnd);
    }
    return end;
  }

  private Finding.Draft finding(FindingKind kind, long entry, long index) {
    return Finding.of(kind)
        .host(DiskLayout.host(entry), layout.bitmapBytes())
        .guest(index * layout.blockSize(), layout.sectorsOf(index) * 512);
  }
}
