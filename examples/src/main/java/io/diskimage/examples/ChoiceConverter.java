package io.diskimage.examples;

import java.util.Arrays;
import java.util.stream.Collectors;
import picocli.CommandLine;

/** Reads one of a few values as {@link #toString()} of each writes it. */
abstract class ChoiceConverter<E extends Enum<E>> implements CommandLine.ITypeConverter<E> {
  private final E[] choices;

  ChoiceConverter(Class<E> type) {
    choices = type.getEnumConstants();
  }

  @Override
  public final E convert(String value) {
    return Arrays.stream(choices)
        .filter(choice -> choice.toString().equals(value))
        .findFirst()
        .orElseThrow(
            () -> new CommandLine.TypeConversionException("'" + value + "' is none of " + names()));
  }

  private String names() {
    return Arrays.stream(choices).map(E::toString).collect(Collectors.joining(", "));
  }
}
