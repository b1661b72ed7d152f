package io.diskimage.spark.index;

import io.diskimage.format.Limits;
import io.diskimage.spark.options.ReadOptions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What rows of an index depend on besides the files. An index that was built with other settings
 * says nothing about a scan.
 *
 * @param values by name
 */
public record IndexSettings(Map<String, String> values) {
  /** Raised when rows that are written get another meaning. */
  private static final String VERSION = "1";

  public IndexSettings {
    values = Map.copyOf(values);
  }

  /** The settings of a read. */
  public static IndexSettings of(ReadOptions options) {
    Map<String, String> values = new TreeMap<>(options.formatOptions());
    values.put("version", VERSION);
    values.put("imageFormat", Objects.requireNonNullElse(options.imageFormat(), "auto"));
    values.put("probeFooter", Boolean.toString(options.probeFooter()));
    // Findings are no part of a row.
    Limits limits = options.limits().withFindings(Limits.DEFAULT.findings());
    values.put("limits", limits.toString());
    return new IndexSettings(values);
  }

  /** Names of the values that are not the same, ordered. */
  List<String> differences(IndexSettings other) {
    Set<String> names = new TreeSet<>(values.keySet());
    names.addAll(other.values.keySet());
    names.removeIf(name -> Objects.equals(values.get(name), other.values.get(name)));
    return List.copyOf(names);
  }
}
