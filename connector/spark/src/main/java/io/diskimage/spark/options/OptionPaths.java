package io.diskimage.spark.options;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The options {@code path} and {@code paths}: Spark gives several paths as an array in JSON. */
final class OptionPaths {
  static final String PATH = "path";
  static final String PATHS = "paths";

  private OptionPaths() {}

  /** Paths of options with keys in lower case. */
  static List<String> of(Map<String, String> options) {
    List<String> all = new ArrayList<>();
    String json = options.get(PATHS);
    if (json != null) {
      all.addAll(ofJson(json, "Option paths: '" + json + "' is not allowed; allowed: "));
    }
    String path = options.get(PATH);
    if (path != null) {
      all.add(path);
    }
    return all;
  }

  /**
   * Directories as one path, or as an array in JSON.
   *
   * @throws IllegalArgumentException if one of them is empty
   */
  static List<String> directories(String value) {
    List<String> directories = value.startsWith("[") ? ofJson(value, "not ") : List.of(value);
    if (directories.contains("")) {
      throw new IllegalArgumentException("empty");
    }
    return directories;
  }

  private static List<String> ofJson(String json, String refusal) {
    try {
      return List.of(new ObjectMapper().readValue(json, String[].class));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(refusal + "a JSON array of strings", e);
    }
  }
}
