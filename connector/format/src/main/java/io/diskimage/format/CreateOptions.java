package io.diskimage.format;

import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * What an image is created with.
 *
 * @param virtualSize bytes; formats round it up as {@code qemu-img create} does
 * @param formatOptions options of the format by the names and with the values that {@code qemu-img
 *     create -o} takes ({@code cluster_size}, {@code 64k}); one that the format does not have is
 *     refused
 * @param uuids gives the identities that the format stores
 * @param clock gives the times that the format stores
 * @param writing how the image is written once it is there
 */
public record CreateOptions(
    long virtualSize,
    Map<String, String> formatOptions,
    Supplier<UUID> uuids,
    Clock clock,
    WriteOptions writing) {

  public CreateOptions {
    if (virtualSize < 0) {
      throw new InvalidOptionException("Image size must be less than 8 EiB!");
    }
    formatOptions = Map.copyOf(formatOptions);
    Objects.requireNonNull(uuids, "uuids");
    Objects.requireNonNull(clock, "clock");
    Objects.requireNonNull(writing, "writing");
  }

  /** A disk of a size with the format's defaults, random identities and the time of the system. */
  public static CreateOptions ofSize(long virtualSize) {
    return new CreateOptions(
        virtualSize, Map.of(), UUID::randomUUID, Clock.systemUTC(), WriteOptions.DEFAULT);
  }

  /** These options and one more of the format. */
  public CreateOptions with(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(formatOptions);
    more.put(name.toLowerCase(Locale.ROOT), value);
    return new CreateOptions(virtualSize, more, uuids, clock, writing);
  }

  public CreateOptions withUuids(Supplier<UUID> source) {
    return new CreateOptions(virtualSize, formatOptions, source, clock, writing);
  }

  public CreateOptions withClock(Clock source) {
    return new CreateOptions(virtualSize, formatOptions, uuids, source, writing);
  }

  public CreateOptions withWriting(WriteOptions options) {
    return new CreateOptions(virtualSize, formatOptions, uuids, clock, options);
  }
}
