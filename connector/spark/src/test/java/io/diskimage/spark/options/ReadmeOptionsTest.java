package io.diskimage.spark.options;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ReadmeOptionsTest {
  private static final Pattern NAME = Pattern.compile("`(\\w+)`");

  @Test
  void theReadmeHasARowForEveryOptionAndForNoOther() throws IOException {
    String readme = Files.readString(Path.of("..", "..", "README.md"));
    String section = readme.substring(readme.indexOf("\n## Options\n"));
    List<String> named = new ArrayList<>();
    for (String line : section.substring(0, section.indexOf("\n## ", 1)).lines().toList()) {
      if (line.startsWith("| `")) {
        Matcher name = NAME.matcher(line.substring(0, line.indexOf('|', 1)));
        while (name.find()) {
          named.add(name.group(1));
        }
      }
    }
    assertThat(named).containsExactlyInAnyOrderElementsOf(OptionRegistry.names());
  }
}
