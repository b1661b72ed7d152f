package io.diskimage.spark.options;

import static io.diskimage.spark.table.TableKind.BITMAPS;
import static io.diskimage.spark.table.TableKind.BLOCKS;
import static io.diskimage.spark.table.TableKind.CHECKS;
import static io.diskimage.spark.table.TableKind.EXTENTS;
import static io.diskimage.spark.table.TableKind.FINDINGS;
import static io.diskimage.spark.table.TableKind.IMAGES;
import static io.diskimage.spark.table.TableKind.REFERENCES;
import static io.diskimage.spark.table.TableKind.SNAPSHOTS;

import io.diskimage.format.ImageFormats;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.spark.table.TableKind;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.hadoop.fs.GlobFilter;

/** Every option there is. */
final class OptionRegistry {
  private static final Set<TableKind> ALL = EnumSet.allOf(TableKind.class);
  private static final Set<TableKind> MAPPED = EnumSet.of(BLOCKS, EXTENTS);

  private static final int SECTOR = 512;
  private static final int MAX_BLOCK = 8 << 20;

  static final ReadOption<TableKind> TABLE =
      new ReadOption<>("table", BLOCKS, TableNames::parse, TableNames.all(), ALL);

  static final ReadOption<Optional<String>> IMAGE_FORMAT =
      new ReadOption<>(
          "imageFormat",
          Optional.empty(),
          OptionRegistry::parseFormat,
          "auto, " + ImageFormats.names(),
          ALL);

  static final ReadOption<Boolean> PROBE_FOOTER = flag("probeFooter", false);

  static final ReadOption<Integer> BLOCK_SIZE =
      new ReadOption<>(
          "blockSize",
          0,
          OptionRegistry::parseBlockSize,
          "a multiple of 512 bytes from 512 to 8 MiB",
          EnumSet.of(BLOCKS));

  static final ReadOption<UnallocatedMode> UNALLOCATED =
      new ReadOption<>(
          "unallocated",
          UnallocatedMode.NULL,
          ReadOption.oneOf(UnallocatedMode.class),
          "null, zeros, skip",
          EnumSet.of(BLOCKS));

  static final ReadOption<ChainMode> CHAIN =
      new ReadOption<>(
          "chain", ChainMode.TOP, ReadOption.oneOf(ChainMode.class), "top, follow", MAPPED);

  /** Null for the directories that are read. */
  static final ReadOption<List<String>> CHAIN_ROOTS =
      new ReadOption<>(
          "chainRoots",
          null,
          OptionPaths::directories,
          "a directory, or several as a JSON array of strings",
          EnumSet.of(BLOCKS, EXTENTS, REFERENCES));

  static final ReadOption<String> SNAPSHOT = state("snapshot");

  static final ReadOption<String> CHANGES_FROM = state("changesFrom");

  /** Null for the active disk. */
  static final ReadOption<String> CHANGES_TO = state("changesTo");

  static final ReadOption<String> BITMAP =
      new ReadOption<>(
          "bitmap", null, OptionRegistry::parseText, "a name, not empty", EnumSet.of(EXTENTS));

  static final ReadOption<ReadMode> MODE =
      new ReadOption<>(
          "mode",
          ReadMode.FAILFAST,
          ReadOption.oneOf(ReadMode.class),
          "FAILFAST, PERMISSIVE, DROPMALFORMED",
          MAPPED);

  static final ReadOption<CheckLevel> LEVEL =
      new ReadOption<>(
          "level",
          CheckLevel.METADATA,
          ReadOption.oneOf(CheckLevel.class),
          "header, metadata, full",
          EnumSet.of(FINDINGS, CHECKS));

  static final ReadOption<Long> MAX_PARTITION_BYTES =
      new ReadOption<>(
          "maxPartitionBytes",
          128L << 20,
          ReadOption.bytes(1, Long.MAX_VALUE),
          "a number of bytes, at least 1",
          ALL);

  static final ReadOption<Long> OPEN_COST =
      new ReadOption<>(
          "openCostInBytes",
          4L << 20,
          ReadOption.bytes(0, Long.MAX_VALUE),
          "a number of bytes, at least 0",
          ALL);

  static final ReadOption<Integer> MAX_PARTITIONS =
      new ReadOption<>(
          "maxPartitions",
          10_000,
          ReadOption.integer(1, 1_000_000),
          "a number from 1 to 1000000",
          ALL);

  static final ReadOption<Boolean> RECURSIVE = flag("recursiveFileLookup", true);

  static final ReadOption<String> PATH_GLOB =
      new ReadOption<>("pathGlobFilter", null, OptionRegistry::parseGlob, "a glob pattern", ALL);

  static final ReadOption<Long> MODIFIED_BEFORE = timestamp("modifiedBefore");
  static final ReadOption<Long> MODIFIED_AFTER = timestamp("modifiedAfter");

  static final ReadOption<String> VHD_SIZE =
      new ReadOption<>(
          "vhdSize", null, OptionRegistry::parseVhdSize, "auto, chs, current, original", ALL);

  /** Null for none. */
  static final ReadOption<String> PASSWORD_PROVIDER =
      new ReadOption<>(
          "passwordProvider",
          null,
          OptionRegistry::parseAlias,
          "an alias in a Hadoop credential provider, which may contain {name} and {uuid}",
          MAPPED);

  /** Null for none. */
  static final ReadOption<String> INDEX =
      new ReadOption<>(
          "index",
          null,
          OptionRegistry::parseText,
          "the location of a fleet index",
          EnumSet.of(BLOCKS, IMAGES, SNAPSHOTS, BITMAPS, CHECKS));

  /** Spark's own name of {@link #SNAPSHOT}. */
  static final ReadOption<String> VERSION_AS_OF = state("versionAsOf");

  /** Spark's own name of the time of a snapshot. */
  static final ReadOption<Long> TIMESTAMP_AS_OF =
      new ReadOption<>(
          "timestampAsOf", null, Timestamps::parseMicros, "a timestamp of Spark SQL", MAPPED);

  private static final List<ReadOption<?>> SINGLE =
      List.of(
          TABLE,
          IMAGE_FORMAT,
          PROBE_FOOTER,
          BLOCK_SIZE,
          UNALLOCATED,
          CHAIN,
          CHAIN_ROOTS,
          SNAPSHOT,
          CHANGES_FROM,
          CHANGES_TO,
          BITMAP,
          MODE,
          LEVEL,
          MAX_PARTITION_BYTES,
          OPEN_COST,
          MAX_PARTITIONS,
          RECURSIVE,
          PATH_GLOB,
          MODIFIED_BEFORE,
          MODIFIED_AFTER,
          VHD_SIZE,
          PASSWORD_PROVIDER,
          INDEX);

  static final List<ReadOption<?>> NAMED =
      Stream.concat(SINGLE.stream(), LimitOptions.all().stream()).toList();

  private OptionRegistry() {}

  /** The option of a key, in any case. */
  static Optional<ReadOption<?>> find(String key) {
    return NAMED.stream().filter(option -> option.name().equalsIgnoreCase(key)).findFirst();
  }

  /** Names to suggest for a key that is none. */
  static List<String> names() {
    return NAMED.stream().<String>map(ReadOption::name).toList();
  }

  private static ReadOption<Boolean> flag(String name, boolean defaultValue) {
    return new ReadOption<>(name, defaultValue, ReadOption::parseBoolean, "true, false", ALL);
  }

  /** An internal snapshot, null for none. */
  private static ReadOption<String> state(String name) {
    return new ReadOption<>(
        name, null, OptionRegistry::parseText, "an id or a name, not empty", MAPPED);
  }

  private static ReadOption<Long> timestamp(String name) {
    return new ReadOption<>(
        name, null, Timestamps::parseMicros, "a timestamp such as 2024-06-15T05:00:00", ALL);
  }

  private static Optional<String> parseFormat(String value) {
    if (value.equalsIgnoreCase("auto")) {
      return Optional.empty();
    }
    return Optional.of(
        ImageFormats.byName(value)
            .orElseThrow(() -> new IllegalArgumentException("no such format"))
            .name());
  }

  private static int parseBlockSize(String value) {
    long size = ReadOption.parseBytes(value);
    if (size < SECTOR || size > MAX_BLOCK || size % SECTOR != 0) {
      throw new IllegalArgumentException("not a block size");
    }
    return (int) size;
  }

  private static String parseText(String value) {
    if (value.isEmpty()) {
      throw new IllegalArgumentException("empty");
    }
    return value;
  }

  /** Names other than {@code {name}} and {@code {uuid}} would be looked up as they stand. */
  private static String parseAlias(String value) {
    String plain = value.replace("{name}", "").replace("{uuid}", "");
    if (value.isEmpty() || plain.indexOf('{') >= 0 || plain.indexOf('}') >= 0) {
      throw new IllegalArgumentException("not a pattern of aliases");
    }
    return value;
  }

  private static String parseGlob(String value) {
    try {
      new GlobFilter(value);
    } catch (IOException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
    return value;
  }

  private static String parseVhdSize(String value) {
    String rule = value.toLowerCase(Locale.ROOT);
    if (!Set.of("auto", "chs", "current", "original").contains(rule)) {
      throw new IllegalArgumentException("no such rule");
    }
    return rule;
  }
}
