package io.diskimage.examples;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Aligned columns of text: words to the left, quantities to the right. */
final class TextTable {
  private static final String GAP = "  ";

  private final List<String[]> lines = new ArrayList<>();
  private final boolean[] right;

  /**
   * A table with its headings; one that begins with {@code >} stands over a column aligned to the
   * right.
   */
  TextTable(String... headings) {
    right = new boolean[headings.length];
    String[] line = new String[headings.length];
    for (int i = 0; i < headings.length; i++) {
      right[i] = headings[i].startsWith(">");
      line[i] = right[i] ? headings[i].substring(1) : headings[i];
    }
    lines.add(line);
  }

  /** A title over a table or text. */
  static String title(String text) {
    return text + "\n" + "-".repeat(text.length()) + "\n";
  }

  /** Adds a line of as many cells as there are headings. */
  void add(String... cells) {
    if (cells.length != right.length) {
      throw new IllegalArgumentException(cells.length + " cells for " + right.length + " columns");
    }
    lines.add(Arrays.stream(cells).map(TextTable::printable).toArray(String[]::new));
  }

  /** The lines, each ended by a line feed and without blanks at its end. */
  String render() {
    int[] widths = new int[right.length];
    for (String[] line : lines) {
      for (int i = 0; i < line.length; i++) {
        widths[i] = Math.max(widths[i], width(line[i]));
      }
    }
    return lines.stream()
        .map(line -> renderLine(line, widths).stripTrailing() + "\n")
        .collect(Collectors.joining());
  }

  private String renderLine(String[] line, int[] widths) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < line.length; i++) {
      String padding = " ".repeat(widths[i] - width(line[i]));
      text.append(i == 0 ? "" : GAP).append(right[i] ? padding + line[i] : line[i] + padding);
    }
    return text.toString();
  }

  private static int width(String cell) {
    return cell.codePointCount(0, cell.length());
  }

  /** Names come from images: what would move the cursor of a terminal is not passed on. */
  private static String printable(String cell) {
    StringBuilder text = new StringBuilder();
    cell.codePoints().map(c -> invisible(c) ? '?' : c).forEach(text::appendCodePoint);
    return text.toString();
  }

  private static boolean invisible(int character) {
    int type = Character.getType(character);
    return type == Character.CONTROL
        || type == Character.FORMAT
        || type == Character.LINE_SEPARATOR
        || type == Character.PARAGRAPH_SEPARATOR;
  }
}
