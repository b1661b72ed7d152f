package io.diskimage.format.write;

import io.diskimage.format.CreateOptions;
import io.diskimage.format.InvalidOptionException;
import io.diskimage.format.OpenOptions;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Options of a format by the names and with the values of QEMU's programs, which also give the
 * texts of what is refused. A driver takes those that it knows; what remains is unknown.
 */
public final class FormatOptions {
  private static final BigInteger TOO_LARGE = BigInteger.ONE.shiftLeft(64);
  private static final long MAX_EXTENT_SIZE_HINT = 0xffff_ffffL;
  private static final String SUFFIXES = "bkmgtpe";
  private static final Pattern COUNT =
      Pattern.compile("0x[0-9a-f]{1,15}|0[0-7]{0,18}|[1-9][0-9]{0,17}", Pattern.CASE_INSENSITIVE);
  private static final Pattern SIZE =
      Pattern.compile("(0x[0-9a-f]+|[0-9]+(?:\\.[0-9]*)?)([bkmgtpe]?)", Pattern.CASE_INSENSITIVE);

  private final Map<String, String> values;

  private FormatOptions(Map<String, String> values) {
    this.values = new HashMap<>(values);
  }

  /** Of an image that is created. */
  public static FormatOptions of(CreateOptions options) {
    return new FormatOptions(options.formatOptions());
  }

  /** Of an image that is opened. */
  public static FormatOptions of(OpenOptions options) {
    return new FormatOptions(options.formatOptions());
  }

  /** The text of an option, or a default. */
  public String text(String name, String otherwise) {
    String value = values.remove(name);
    return value == null ? otherwise : value;
  }

  /** An option that is on or off. */
  public boolean flag(String name, boolean otherwise) {
    String value = values.remove(name);
    if (value == null) {
      return otherwise;
    }
    return switch (value) {
      case "on", "yes", "true", "y" -> true;
      case "off", "no", "false", "n" -> false;
      default -> throw new InvalidOptionException("Parameter '" + name + "' expects 'on' or 'off'");
    };
  }

  /** An option that is a count, of at most 18 digits; as in C also {@code 0x10} and {@code 020}. */
  public long number(String name, long otherwise) {
    String value = values.remove(name);
    if (value == null) {
      return otherwise;
    }
    if (!COUNT.matcher(value).matches()) {
      throw new InvalidOptionException("Parameter '" + name + "' expects a number");
    }
    return Long.decode(value);
  }

  /**
   * An option that is a number of bytes: {@code 64k}, {@code 1.5M}, {@code 0x200}.
   *
   * @return at most Long.MAX_VALUE, which stands for all that is larger
   */
  public long size(String name, long otherwise) {
    String value = values.remove(name);
    if (value == null) {
      return otherwise;
    }
    BigInteger bytes = bytes(name, value);
    if (bytes.compareTo(TOO_LARGE) >= 0) {
      throw new InvalidOptionException(
          "Value '" + value + "' is out of range for parameter '" + name + "'");
    }
    return bytes.bitLength() > 63 ? Long.MAX_VALUE : bytes.longValue();
  }

  private static BigInteger bytes(String name, String value) {
    Matcher parts = SIZE.matcher(value);
    // More digits than any size has would only cost time.
    if (value.length() > 64 || !parts.matches()) {
      throw notSize(name);
    }
    String number = parts.group(1);
    String suffix = parts.group(2);
    boolean hex = number.startsWith("0x") || number.startsWith("0X");
    BigDecimal units =
        hex ? new BigDecimal(new BigInteger(number.substring(2), 16)) : new BigDecimal(number);
    boolean whole = units.stripTrailingZeros().scale() <= 0;
    if (!whole && (suffix.isEmpty() || suffix.equalsIgnoreCase("b"))) {
      throw notSize(name);
    }
    int shift =
        suffix.isEmpty() ? 0 : 10 * SUFFIXES.indexOf(Character.toLowerCase(suffix.charAt(0)));
    return units.multiply(new BigDecimal(BigInteger.ONE.shiftLeft(shift))).toBigInteger();
  }

  private static InvalidOptionException notSize(String name) {
    return new InvalidOptionException(
        "Parameter '" + name + "' expects a non-negative number below 2^64");
  }

  /** An option of a few values. */
  public String choice(String name, List<String> allowed, String otherwise) {
    String value = text(name, otherwise);
    if (!allowed.contains(value)) {
      throw InvalidOptionException.refused(name, value);
    }
    return value;
  }

  /**
   * Takes the options that {@code qemu-img create} gives to the host file, whose bytes they do not
   * change.
   */
  public void hostFile() {
    flag("nocow", false);
    if (size("extent_size_hint", 0) > MAX_EXTENT_SIZE_HINT) {
      throw new InvalidOptionException("Extent size hint is too large");
    }
  }

  /**
   * As {@link #hostFile()}, with {@code preallocation}, of a format that has none of its own.
   *
   * @return whether the file's space is to be taken at once
   */
  public boolean hostPreallocation() {
    hostFile();
    String value = text("preallocation", "off");
    return switch (value) {
      case "off" -> false;
      case "falloc", "full" -> true;
      case "metadata" ->
          throw new InvalidOptionException("Unsupported preallocation mode: metadata");
      default -> throw new InvalidOptionException("invalid parameter value: " + value);
    };
  }

  /**
   * Ends the options.
   *
   * @throws InvalidOptionException if one was not asked for
   */
  public void requireNoOthers() {
    if (!values.isEmpty()) {
      throw InvalidOptionException.unknown(values.keySet().stream().sorted().findFirst().get());
    }
  }
}
