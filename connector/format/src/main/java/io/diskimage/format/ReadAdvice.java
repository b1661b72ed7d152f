package io.diskimage.format;

/**
 * How a store likes to be read; the planner of coalesced reads follows it.
 *
 * @param maxGap largest number of unwanted bytes worth reading to join two ranges
 * @param maxRead largest single request in bytes
 * @param direct whether direct buffers save the store a copy
 * @param window bytes of scattered data worth collecting before they are read, so that neighbours
 *     meet in one request
 */
public record ReadAdvice(int maxGap, int maxRead, boolean direct, int window) {

  /** A file read through NIO: system calls are cheap, unwanted bytes cost memory bandwidth. */
  public static final ReadAdvice LOCAL = new ReadAdvice(16 << 10, 1 << 20, true, 0);

  /** A distributed file system: requests cost a round trip. */
  public static final ReadAdvice REMOTE = new ReadAdvice(64 << 10, 4 << 20, false, 32 << 20);

  /** An object store: requests cost tens of milliseconds. */
  public static final ReadAdvice OBJECT_STORE = new ReadAdvice(512 << 10, 8 << 20, false, 32 << 20);

  public ReadAdvice {
    if (maxGap < 0 || maxRead < 4096) {
      throw new IllegalArgumentException("maxGap " + maxGap + ", maxRead " + maxRead);
    }
  }
}
