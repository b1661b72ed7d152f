package io.diskimage.format.check;

/**
 * The counters of {@code qemu-img check --output=json} (formats/README.md section 7), and those of
 * findings that it does not make. Null where the format's check gives no such figure.
 *
 * @param checkErrors parts of the check that failed
 * @param corruptions as QEMU counts them
 * @param leaks as QEMU counts them, in clusters
 * @param beyondCorruptions corruptions that QEMU does not look for
 * @param beyondLeaks leaks that QEMU does not look for
 * @param imageEndOffset nullable: end of the used part of the file, in bytes
 * @param totalClusters nullable: of the active disk
 * @param allocatedClusters nullable
 * @param fragmentedClusters nullable
 * @param compressedClusters nullable
 */
public record CheckCounters(
    long checkErrors,
    long corruptions,
    long leaks,
    long beyondCorruptions,
    long beyondLeaks,
    Long imageEndOffset,
    Long totalClusters,
    Long allocatedClusters,
    Long fragmentedClusters,
    Long compressedClusters) {}
