package io.diskimage.spark.index;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * The files that are an index together. An index is there once its manifest is.
 *
 * @param settings that its rows depend on
 * @param parts in any order
 */
record IndexManifest(Map<String, String> settings, List<IndexPart> parts) {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(
              DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
              DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES,
              DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES);

  IndexManifest {
    settings = Map.copyOf(settings);
    parts = List.copyOf(parts);
  }

  /**
   * Reads a manifest.
   *
   * @throws IOException if it is none
   */
  static IndexManifest of(byte[] json) throws IOException {
    try {
      return JSON.readValue(json, IndexManifest.class);
    } catch (JsonProcessingException e) {
      throw new IOException("no manifest of an index: " + e.getOriginalMessage(), e);
    }
  }

  byte[] toJson() {
    try {
      return JSON.writeValueAsBytes(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a record of text and numbers is JSON", e);
    }
  }
}
