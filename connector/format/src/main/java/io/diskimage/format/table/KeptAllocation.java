package io.diskimage.format.table;

import io.diskimage.format.AllocationSummary;
import io.diskimage.format.ImageException;
import java.util.function.Supplier;

/** The allocation of one disk, counted once for all threads. */
public final class KeptAllocation {
  private AllocationSummary kept;

  /** Forgets the summary, as the disk was changed. */
  public synchronized void forget() {
    kept = null;
  }

  /** The kept summary, or a new one; others wait while it is counted. */
  public synchronized AllocationSummary get(Supplier<AllocationSummary> count) {
    if (kept != null) {
      return kept;
    }
    AllocationSummary counted = count.get();
    // A failing disk may answer the next time; what the image itself says stays as it is.
    if (counted.failure() == null || counted.failure() instanceof ImageException) {
      kept = counted;
    }
    return counted;
  }
}
