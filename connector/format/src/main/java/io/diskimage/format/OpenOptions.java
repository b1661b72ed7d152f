package io.diskimage.format;

import java.util.Map;
import java.util.Objects;

/**
 * How to open an image.
 *
 * @param purpose what for
 * @param limits our bounds
 * @param references answers pointers out of the file
 * @param passphrases opens encrypted images
 * @param formatOptions options that one driver understands, by the name its format gives them
 *     ({@code vhdSize}); drivers leave those of others alone
 * @param io counts what opening reads
 */
public record OpenOptions(
    Purpose purpose,
    Limits limits,
    ReferenceGate references,
    PassphraseSource passphrases,
    Map<String, String> formatOptions,
    IoCounters io) {

  public OpenOptions {
    Objects.requireNonNull(purpose, "purpose");
    Objects.requireNonNull(limits, "limits");
    Objects.requireNonNull(references, "references");
    Objects.requireNonNull(passphrases, "passphrases");
    formatOptions = Map.copyOf(formatOptions);
    Objects.requireNonNull(io, "io");
  }

  /** Options for a purpose: default limits, no reference is followed, no passphrase is known. */
  public static OpenOptions of(Purpose purpose) {
    return new OpenOptions(
        purpose,
        Limits.DEFAULT,
        ReferenceGate.DENY_ALL,
        PassphraseSource.NONE,
        Map.of(),
        new IoCounters());
  }

  public OpenOptions withFormatOptions(Map<String, String> options) {
    return new OpenOptions(purpose, limits, references, passphrases, options, io);
  }

  public OpenOptions withLimits(Limits newLimits) {
    return new OpenOptions(purpose, newLimits, references, passphrases, formatOptions, io);
  }

  public OpenOptions withReferences(ReferenceGate gate) {
    return new OpenOptions(purpose, limits, gate, passphrases, formatOptions, io);
  }

  public OpenOptions withPassphrases(PassphraseSource source) {
    return new OpenOptions(purpose, limits, references, source, formatOptions, io);
  }

  public OpenOptions withIo(IoCounters counters) {
    return new OpenOptions(purpose, limits, references, passphrases, formatOptions, counters);
  }
}
