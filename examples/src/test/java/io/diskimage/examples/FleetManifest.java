package io.diskimage.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What the makers of the sample fleet say about it; the numbers are qemu-img's. */
final class FleetManifest {
  private final Path fleet;

  private FleetManifest(Path fleet) {
    this.fleet = fleet;
  }

  /** Unpacks the fleet if necessary. */
  static FleetManifest unpacked() {
    return new FleetManifest(Path.of(SampleFleet.unpack()));
  }

  Path fleet() {
    return fleet;
  }

  /** The value of the column {@code path} for a file of the fleet. */
  String uri(String path) {
    return "file:" + fleet.resolve(path);
  }

  List<Entry> entries() throws IOException {
    return lines("_MANIFEST.tsv").map(Entry::new).toList();
  }

  /** Blocks and bytes of each measure of duplicates; bytes null where there are none. */
  Map<String, List<Long>> duplicates() throws IOException {
    Map<String, List<Long>> measures = new LinkedHashMap<>();
    lines("_DUPLICATES.tsv")
        .forEach(
            line ->
                measures.put(
                    line.get("measure"),
                    Stream.of("blocks", "bytes").map(column -> number(line.get(column))).toList()));
    return measures;
  }

  private Stream<Map<String, String>> lines(String name) throws IOException {
    List<String> lines = Files.readAllLines(fleet.resolve(name));
    String[] columns = lines.get(0).split("\t", -1);
    return lines.stream()
        .skip(1)
        .map(line -> line.split("\t", -1))
        .map(
            cells -> {
              Map<String, String> values = new LinkedHashMap<>();
              IntStream.range(0, columns.length).forEach(i -> values.put(columns[i], cells[i]));
              return values;
            });
  }

  private static Long number(String cell) {
    return cell.equals("-") ? null : Long.valueOf(cell);
  }

  /** One file. */
  record Entry(Map<String, String> cells) {

    String path() {
      return cells.get("path");
    }

    /** The directory it lies in, relative to the fleet. */
    String directory() {
      return path().substring(0, path().lastIndexOf('/'));
    }

    String format() {
      return text("format");
    }

    /** Null for what is no readable image. */
    Long number(String column) {
      return FleetManifest.number(cells.get(column));
    }

    /** What its check comes to, in one word. */
    String verdict() {
      return text("verdict");
    }

    /** Whether qemu-img checks it, so that its counters are known. */
    boolean countedByQemu() {
      return number("corruptions") != null;
    }

    /** The directory below the fleet that it lies in: its data centre. */
    String dataCentre() {
      return path().substring(0, path().indexOf('/'));
    }

    /** A part of what the column error must say; null for an image that opens. */
    String error() {
      return text("error");
    }

    /** Whether all blocks can be read. */
    boolean readable() {
      return cells.get("blocks").equals("read");
    }

    /** A part of why the blocks are refused, null if they are not. */
    String refusal() {
      String blocks = cells.get("blocks");
      return blocks.startsWith("refused: ") ? blocks.substring("refused: ".length()) : null;
    }

    /** How many blocks of an image that opens cannot be read. */
    int unreadableBlocks() {
      String blocks = cells.get("blocks");
      return blocks.endsWith(" unreadable")
          ? Integer.parseInt(blocks.substring(0, blocks.indexOf(' ')))
          : 0;
    }

    private String text(String column) {
      String cell = cells.get(column);
      return cell.equals("-") ? null : cell;
    }
  }
}
