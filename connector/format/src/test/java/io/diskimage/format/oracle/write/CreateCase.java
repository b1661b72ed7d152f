package io.diskimage.format.oracle.write;

import io.diskimage.format.CreateOptions;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What an image is created with.
 *
 * @param size asked for, in bytes
 * @param options of the format as {@code qemu-img create -o} takes them
 */
public record CreateCase(long size, Map<String, String> options) {

  public CreateCase {
    options = Map.copyOf(options);
  }

  /**
   * A case.
   *
   * @param options as after {@code -o}, {@code a=1,b=2}, or empty
   */
  public static CreateCase of(long size, String options) {
    Map<String, String> map = new TreeMap<>();
    for (String each : options.isEmpty() ? new String[0] : options.split(",")) {
      int equals = each.indexOf('=');
      map.put(each.substring(0, equals), each.substring(equals + 1));
    }
    return new CreateCase(size, map);
  }

  /** The value of an option, or another one where it is not given. */
  public String option(String name, String otherwise) {
    return options.getOrDefault(name, otherwise);
  }

  /** As after {@code qemu-img create -o}, or empty. */
  public String argument() {
    return new TreeMap<>(options)
        .entrySet().stream()
            .map(each -> each.getKey() + "=" + each.getValue())
            .collect(Collectors.joining(","));
  }

  /** The same for our drivers. */
  public CreateOptions createOptions() {
    CreateOptions create = CreateOptions.ofSize(size);
    for (Map.Entry<String, String> each : options.entrySet()) {
      create = create.with(each.getKey(), each.getValue());
    }
    return create;
  }

  @Override
  public String toString() {
    return "size " + size + (options.isEmpty() ? "" : " -o " + argument());
  }
}
