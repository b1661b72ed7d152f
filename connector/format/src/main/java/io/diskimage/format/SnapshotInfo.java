package io.diskimage.format;

import java.time.Instant;
import java.util.Objects;

/**
 * An internal snapshot.
 *
 * @param id unique in the image
 * @param name not necessarily unique; empty where none is recorded
 * @param created guest time of creation, to the nanosecond; null where none is recorded
 * @param vmClockNs guest clock in nanoseconds
 * @param vmStateSize bytes of saved machine state, 0 for none
 * @param virtualSize disk size at the snapshot in bytes
 * @param icount executed instructions, or null where none is recorded
 */
public record SnapshotInfo(
    String id,
    String name,
    Instant created,
    long vmClockNs,
    long vmStateSize,
    long virtualSize,
    Long icount) {
  public SnapshotInfo {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(name, "name");
  }
}
