package io.diskimage.spark.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.ImageFormats;
import io.diskimage.format.Limit;
import io.diskimage.format.Limits;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.spark.table.TableKind;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.internal.SQLConf;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class OptionLayersTest {
  private static final String PREFIX = "spark.datasource.diskimage.";

  private final Map<String, Optional<String>> before = new HashMap<>();

  @AfterEach
  void restoreSession() {
    before.forEach(
        (key, value) ->
            value.ifPresentOrElse(
                old -> SQLConf.get().setConfString(key, old), () -> SQLConf.get().unsetConf(key)));
  }

  private void session(String key, String value) {
    SQLConf conf = SQLConf.get();
    before.put(key, conf.contains(key) ? Optional.of(conf.getConfString(key)) : Optional.empty());
    conf.setConfString(key, value);
  }

  @Test
  void withoutOptionsTheDefaultsHold() {
    ScanOptions options = blocks(Map.of());
    assertThat(options.read())
        .isEqualTo(
            new ReadOptions(
                TableKind.BLOCKS,
                null,
                false,
                0,
                UnallocatedMode.NULL,
                ChainMode.TOP,
                null,
                null,
                null,
                null,
                ReadMode.FAILFAST,
                CheckLevel.METADATA,
                Limits.DEFAULT,
                128L << 20,
                4L << 20,
                10_000,
                Map.of(),
                null));
    assertThat(options.listing()).isEqualTo(ListingOptions.ALL);
    assertThat(options.hadoop()).isEmpty();
  }

  @Test
  void keysAreKnownInAnyCaseAndValuesParsed() {
    ScanOptions options =
        blocks(
            Map.of(
                "BLOCKSIZE", "64k",
                "unallocated", "Zeros",
                "mode", "permissive",
                "probeFooter", "TRUE",
                "maxPartitionBytes", "1gb",
                "openCostInBytes", "0",
                "maxPartitions", "7",
                "vhdSize", "CHS",
                "chain", "Follow",
                "imageFormat", "AUTO"));
    assertThat(options.read())
        .isEqualTo(
            new ReadOptions(
                TableKind.BLOCKS,
                null,
                true,
                65536,
                UnallocatedMode.ZEROS,
                ChainMode.FOLLOW,
                null,
                null,
                null,
                null,
                ReadMode.PERMISSIVE,
                CheckLevel.METADATA,
                Limits.DEFAULT,
                1L << 30,
                0,
                7,
                Map.of("vhdSize", "chs"),
                null));
  }

  @Test
  void passwordProviderIsAPatternOfAliases() {
    for (String pattern : List.of("all", "vm-{name}", "{uuid}", "{name}/{uuid}.key")) {
      assertThat(blocks(Map.of("passwordProvider", pattern)).read().passwordProvider())
          .isEqualTo(pattern);
    }
    for (String wrong : List.of("", "{}", "{Name}", "{name", "a}", "${name}{path}")) {
      assertRefused(
          () -> blocks(Map.of("passwordProvider", wrong)), "passwordProvider", "{name}", "{uuid}");
    }
    assertRefused(
        () -> resolve(OptionLayers.ofReader(Map.of("passwordProvider", "all")), TableKind.IMAGES),
        "passwordProvider",
        "does not apply");
  }

  @Test
  void listingOptionsAreParsedInTheSessionsTimeZone() {
    session("spark.sql.session.timeZone", "Europe/Berlin");
    ListingOptions listing =
        blocks(
                Map.of(
                    "recursiveFileLookup", "false",
                    "pathGlobFilter", "*.qcow2",
                    "modifiedBefore", "2024-06-15T05:00:00",
                    "modifiedAfter", "2024-01-15 05:00:00Z"))
            .listing();
    assertThat(listing)
        .isEqualTo(
            new ListingOptions(
                false, "*.qcow2", micros("2024-06-15T03:00:00Z"), micros("2024-01-15T05:00:00Z")));
  }

  @Test
  void theReadWinsOverTheSessionAndTheSessionOverTheCatalog() {
    session(PREFIX + "blockSize", "1024");
    session(PREFIX + "mode", "DROPMALFORMED");
    OptionLayers table =
        OptionLayers.ofCatalog(
            Map.of("blockSize", "512", "mode", "PERMISSIVE", "maxPartitions", "3"));
    ReadOptions options = resolve(table.with(Map.of("blocksize", "2048")), TableKind.BLOCKS).read();
    assertThat(options.blockSize()).isEqualTo(2048);
    assertThat(options.mode()).isEqualTo(ReadMode.DROPMALFORMED);
    assertThat(options.maxPartitions()).isEqualTo(3);
  }

  @Test
  void theSessionCountsForReadersToo() {
    session(PREFIX + "table", "extents");
    session(PREFIX + "maxPartitions", "5");
    OptionLayers layers = OptionLayers.ofReader(Map.of());
    assertThat(layers.table()).isEqualTo(TableKind.EXTENTS);
    assertThat(resolve(layers, TableKind.EXTENTS).read().maxPartitions()).isEqualTo(5);
    assertThat(OptionLayers.ofReader(Map.of("table", "images")).table())
        .isEqualTo(TableKind.IMAGES);
  }

  @Test
  void optionsOfOtherTablesAreErrorsInAReadAndIgnoredInASession() {
    assertRefused(
        () -> resolve(OptionLayers.ofReader(Map.of("blockSize", "512")), TableKind.EXTENTS),
        "blockSize",
        "extents",
        "blocks");
    session(PREFIX + "blockSize", "1024");
    session(PREFIX + "snapshot", "before");
    session(PREFIX + "mode", "PERMISSIVE");
    ReadOptions images = resolve(OptionLayers.ofReader(Map.of()), TableKind.IMAGES).read();
    assertThat(images.blockSize()).isZero();
    assertThat(images.snapshot()).isNull();
    assertThat(images.mode()).isEqualTo(ReadMode.FAILFAST);
  }

  @Test
  void checksAreAsDeepAsTheyAreAskedToBe() {
    OptionLayers layers = OptionLayers.ofReader(Map.of("level", "FULL", "maxFindings", "0"));
    ReadOptions findings = resolve(layers, TableKind.FINDINGS).read();
    assertThat(findings.level()).isEqualTo(CheckLevel.FULL);
    assertThat(findings.limits().findings()).isZero();
    assertRefused(() -> resolve(layers, TableKind.IMAGES), "does not apply to table images");
    assertRefused(() -> resolve(layers, TableKind.CHECKS), "maxFindings", "to findings");
    OptionLayers header = OptionLayers.ofReader(Map.of("level", "header"));
    assertThat(resolve(header, TableKind.CHECKS).read().level()).isEqualTo(CheckLevel.HEADER);
    OptionLayers deep = OptionLayers.ofReader(Map.of("level", "deep"));
    assertRefused(
        () -> resolve(deep, TableKind.CHECKS), "level", "'deep'", "header, metadata, full");
    OptionLayers negative = OptionLayers.ofReader(Map.of("maxFindings", "-1"));
    assertRefused(() -> resolve(negative, TableKind.FINDINGS), "maxFindings", "at least 0");
  }

  @Test
  void unknownKeysAreErrorsThatListNearNames() {
    assertRefused(() -> blocks(Map.of("blocksiz", "512")), "blocksiz", "did you mean blockSize?");
    assertRefused(() -> OptionLayers.ofCatalog(Map.of("modes", "x")), "modes", "mode");
    session(PREFIX + "snapshoot", "x");
    assertRefused(() -> OptionLayers.ofReader(Map.of()), "snapshoot", "snapshot");
  }

  @Test
  void pathsAndTimeTravelAreOptionsOfAReadOnly() {
    assertRefused(() -> OptionLayers.ofCatalog(Map.of("path", "/vm")), "path");
    session(PREFIX + "versionAsOf", "x");
    assertRefused(() -> OptionLayers.ofReader(Map.of()), "versionAsOf");
  }

  @Test
  void keysWithADotGoToTheHadoopConfiguration() {
    session(PREFIX + "fs.s3a.endpoint", "session");
    OptionLayers layers =
        OptionLayers.ofCatalog(Map.of("fs.s3a.endpoint", "catalog", "fs.s3a.region", "eu"))
            .with(Map.of("fs.s3a.path.style.access", "true"));
    assertThat(resolve(layers, TableKind.BLOCKS).hadoop())
        .isEqualTo(
            Map.of(
                "fs.s3a.endpoint", "session",
                "fs.s3a.region", "eu",
                "fs.s3a.path.style.access", "true"));
  }

  @Test
  void anIndexIsForTablesThatItTellsSomethingOf() {
    Map<String, String> index = Map.of("index", "/vm/_index");
    for (TableKind table : TableKind.values()) {
      if (Set.of(TableKind.EXTENTS, TableKind.REFERENCES, TableKind.FINDINGS).contains(table)) {
        assertRefused(
            () -> resolve(OptionLayers.ofReader(index), table), "index", table.label(), "images");
      } else {
        assertThat(resolve(OptionLayers.ofReader(index), table).index()).isEqualTo("/vm/_index");
      }
    }
    session(PREFIX + "index", "/vm/_index");
    assertThat(resolve(OptionLayers.ofReader(Map.of()), TableKind.EXTENTS).index()).isNull();
    assertRefused(() -> blocks(Map.of("index", "")), "index", "location of a fleet index");
  }

  @Test
  void aBitmapIsOneOfTheActiveDisksExtents() {
    Map<String, String> bitmap = Map.of("bitmap", "nightly");
    assertThat(resolve(OptionLayers.ofReader(bitmap), TableKind.EXTENTS).read().bitmap())
        .isEqualTo("nightly");
    assertRefused(() -> blocks(bitmap), "bitmap", "extents");
    Map<String, String> travelled = Map.of("bitmap", "nightly", "snapshot", "then");
    assertRefused(
        () -> resolve(OptionLayers.ofReader(travelled), TableKind.EXTENTS),
        "bitmap",
        "nightly",
        "VERSION AS OF 'then'");
    assertRefused(
        () -> resolve(OptionLayers.ofReader(Map.of("bitmap", "")), TableKind.EXTENTS), "bitmap");
  }

  @Test
  void chainRootsAreOneDirectoryOrAnArrayOfThem() {
    assertThat(chainRoots(Map.of())).isNull();
    assertThat(chainRoots(Map.of("chainRoots", "/a, b"))).containsExactly("/a, b");
    assertThat(chainRoots(Map.of("chainRoots", "[\"/a\", \"hdfs://h/b\"]")))
        .containsExactly("/a", "hdfs://h/b");
    assertThat(chainRoots(Map.of("chainRoots", "[]"))).isEmpty();
    for (String wrong : List.of("", "[\"\"]", "[", "[1, {}]")) {
      assertRefused(() -> chainRoots(Map.of("chainRoots", wrong)), "chainRoots", "JSON array");
    }
    assertThat(blocks(Map.of("chainRoots", "/a")).chainRoots()).containsExactly("/a");
    assertRefused(
        () -> resolve(OptionLayers.ofReader(Map.of("chainRoots", "/a")), TableKind.IMAGES),
        "chainRoots",
        "references");
  }

  private static List<String> chainRoots(Map<String, String> options) {
    return resolve(OptionLayers.ofReader(options), TableKind.REFERENCES).chainRoots();
  }

  @Test
  void onlyBlocksAndExtentsFollowChains() {
    assertRefused(
        () -> resolve(OptionLayers.ofReader(Map.of("chain", "follow")), TableKind.CHECKS),
        "chain",
        "blocks, extents");
  }

  @ParameterizedTest
  @CsvSource({
    "blockSize,1000,512",
    "blockSize,0,512",
    "blockSize,16m,8 MiB",
    "blockSize,64x,512",
    "blockSize,99999999999999999999,512",
    "blockSize,9999999999t,512",
    "mode,lenient,PERMISSIVE",
    "unallocated,skipp,skip",
    "probeFooter,yes,true",
    "maxPartitions,0,1",
    "maxPartitionBytes,0,1",
    "maxPartitionBytes,-1,1",
    "imageFormat,vmdk,auto",
    "vhdSize,max,chs",
    "chain,bottom,follow",
    "table,block,blocks",
    "modifiedAfter,yesterday,2024",
    "pathGlobFilter,[,glob",
    "snapshot,'',empty"
  })
  void badValuesNameOptionValueAndWhatIsAllowed(String option, String value, String allowed) {
    assertRefused(() -> blocks(Map.of(option, value)), option, "'" + value + "'", allowed);
  }

  @Test
  void everyFormatAtHandIsAllowed() {
    for (var format : ImageFormats.all()) {
      assertThat(blocks(Map.of("imageFormat", format.name())).read().imageFormat())
          .isEqualTo(format.name());
    }
  }

  @Test
  void aSnapshotIsGivenByAnyOneOfItsNames() {
    assertThat(blocks(Map.of("snapshot", "a")).read().snapshot()).isEqualTo("a");
    assertThat(blocks(Map.of("versionAsOf", "a")).read().snapshot()).isEqualTo("a");
    assertThat(blocks(Map.of("timestampAsOf", "2024-06-15T05:00:00Z")).read().snapshotAsOfMicros())
        .isEqualTo(micros("2024-06-15T05:00:00Z"));
    assertRefused(
        () -> blocks(Map.of("snapshot", "a", "versionAsOf", "a")), "snapshot", "versionAsOf");
    assertRefused(
        () -> blocks(Map.of("timestampAsOf", "2024-01-01", "versionAsOf", "a")),
        "timestampAsOf",
        "versionAsOf");
  }

  @Test
  void aTableThatIsAtASnapshotTakesNoOther() {
    TimeTravel pinned = new TimeTravel("a", null);
    OptionLayers bySpark = OptionLayers.ofCatalog(Map.of()).with(Map.of("versionAsOf", "a"));
    assertThat(bySpark.resolve(TableKind.BLOCKS, List.of("/vm"), pinned).read().snapshot())
        .isEqualTo("a");
    OptionLayers twice = OptionLayers.ofCatalog(Map.of()).with(Map.of("snapshot", "b"));
    assertRefused(() -> twice.resolve(TableKind.BLOCKS, List.of("/vm"), pinned), "snapshot", "'a'");
  }

  @Test
  void changesAreFromOneStateToAnother() {
    ReadOptions since = blocks(Map.of("changesFrom", "a")).read();
    assertThat(since.changesFrom()).isEqualTo(new TimeTravel("a", null));
    assertThat(since.state()).isEqualTo(TimeTravel.NONE);
    ReadOptions between = blocks(Map.of("changesFrom", "a", "changesto", "b")).read();
    assertThat(between.changesFrom()).isEqualTo(new TimeTravel("a", null));
    assertThat(between.state()).isEqualTo(new TimeTravel("b", null));
    assertThat(blocks(Map.of("snapshot", "a")).read().changesFrom()).isNull();
    OptionLayers extents = OptionLayers.ofReader(Map.of("changesFrom", "a"));
    assertThat(resolve(extents, TableKind.EXTENTS).read().changesFrom()).isNotNull();
  }

  @Test
  void changesGoWithNoOtherState() {
    assertRefused(() -> blocks(Map.of("changesTo", "b")), "changesTo", "needs changesFrom");
    for (String other : List.of("snapshot", "versionAsOf", "timestampAsOf")) {
      assertRefused(
          () -> blocks(Map.of("changesFrom", "a", other, "2024-01-01")), other, "changesFrom");
      assertRefused(
          () -> blocks(Map.of("changesTo", "a", other, "2024-01-01")), other, "changesTo");
    }
    assertRefused(() -> blocks(Map.of("changesFrom", "")), "changesFrom", "not empty");
    OptionLayers dirty = OptionLayers.ofReader(Map.of("changesFrom", "a", "bitmap", "b"));
    assertRefused(() -> resolve(dirty, TableKind.EXTENTS), "bitmap", "changes from");
    for (TableKind table : List.of(TableKind.IMAGES, TableKind.FINDINGS)) {
      assertRefused(
          () -> resolve(OptionLayers.ofReader(Map.of("changesFrom", "a")), table),
          "changesFrom",
          "blocks, extents");
    }
    TimeTravel pinned = new TimeTravel("a", null);
    for (String option : List.of("changesFrom", "changesTo")) {
      OptionLayers layers = OptionLayers.ofCatalog(Map.of()).with(Map.of(option, "b"));
      assertRefused(() -> layers.resolve(TableKind.BLOCKS, List.of("/vm"), pinned), option, "'a'");
    }
    ReadState changes = new ReadState(new TimeTravel("b", null), pinned);
    OptionLayers layers = OptionLayers.ofCatalog(Map.of()).with(Map.of("versionAsOf", "b"));
    assertRefused(
        () -> layers.resolve(TableKind.BLOCKS, List.of("/vm"), changes), "versionAsOf", "'a'");
  }

  @Test
  void theStateOfAReadWinsOverThatOfTheSession() {
    session(PREFIX + "changesFrom", "s");
    assertThat(blocks(Map.of()).read().changesFrom()).isEqualTo(new TimeTravel("s", null));
    ReadOptions snapshot = blocks(Map.of("snapshot", "a")).read();
    assertThat(snapshot.changesFrom()).isNull();
    assertThat(snapshot.snapshot()).isEqualTo("a");
    ReadState pinned = ReadState.at(new TimeTravel("p", null));
    assertThat(
            OptionLayers.ofCatalog(Map.of())
                .resolve(TableKind.BLOCKS, List.of("/vm"), pinned)
                .read()
                .changesFrom())
        .isNull();
    session(PREFIX + "snapshot", "t");
    assertRefused(() -> blocks(Map.of()), "snapshot", "changesFrom", "session");
    assertThat(blocks(Map.of("changesFrom", "a")).read().changesFrom())
        .isEqualTo(new TimeTravel("a", null));
  }

  @ParameterizedTest
  @CsvSource({
    "maxTableCacheBytes,TABLE_CACHE_BYTES,512k,524288",
    "maxTextBytes,TEXT_BYTES,8m,8388608",
    "maxChainDepth,CHAIN_DEPTH,0,0",
    "maxDecodedBytes,DECODED_BYTES,64k,65536",
    "maxKeyIterations,KEY_ITERATIONS,20000000,20000000",
    "maxXmlBytes,XML_BYTES,2m,2097152",
    "maxFindings,FINDINGS,5,5"
  })
  void everyLimitHasAnOption(String option, Limit limit, String value, int expected) {
    assertThat(LimitOptions.name(limit)).isEqualTo(option);
    OptionLayers layers = OptionLayers.ofReader(Map.of(option, value));
    assertThat(resolve(layers, TableKind.FINDINGS).read().limits())
        .isEqualTo(Limits.DEFAULT.with(limit, expected));
    assertThat(expected).isNotEqualTo(Limits.DEFAULT.of(limit));
  }

  @ParameterizedTest
  @CsvSource({
    "maxTableCacheBytes,524287,524288",
    "maxTextBytes,2g,2 GiB",
    "maxChainDepth,-1,at least 0",
    "maxDecodedBytes,511,512",
    "maxKeyIterations,0,at least 1",
    "maxXmlBytes,-1,at least 0",
    "maxFindings,99999999999,at least 0"
  })
  void limitsThatMakeNoSenseAreRefused(String option, String value, String allowed) {
    OptionLayers layers = OptionLayers.ofReader(Map.of(option, value));
    assertRefused(() -> resolve(layers, TableKind.FINDINGS), option, "'" + value + "'", allowed);
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"BLOCKS", "EXTENTS"})
  void tablesOfFilesHaveNoSnapshotsToTravelTo(TableKind table) {
    assertRefused(
        () -> resolve(OptionLayers.ofReader(Map.of("versionAsOf", "a")), table),
        table.label(),
        "versionAsOf");
    assertRefused(
        () ->
            OptionLayers.ofCatalog(Map.of())
                .resolve(table, List.of("/vm"), new TimeTravel(null, 5L)),
        table.label(),
        "TIMESTAMP AS OF");
  }

  @Test
  void theOptionTableMustAgreeWithTheTableRead() {
    OptionLayers layers = OptionLayers.ofCatalog(Map.of()).with(Map.of("table", "images"));
    assertRefused(() -> resolve(layers, TableKind.BLOCKS), "images", "blocks");
    assertThat(resolve(layers, TableKind.IMAGES).read().table()).isEqualTo(TableKind.IMAGES);
  }

  @Test
  void severalPathsComeAsJson() {
    assertThat(OptionLayers.ofReader(Map.of("paths", "[\"/a b\",\"/c,d\"]")).paths())
        .containsExactly("/a b", "/c,d");
    assertThat(OptionLayers.ofReader(Map.of("path", "/a,b")).paths()).containsExactly("/a,b");
    assertRefused(() -> OptionLayers.ofReader(Map.of("paths", "/a")).paths(), "paths", "/a");
  }

  @Test
  void propertiesThatSparkAddsToItsOwnTablesAreNoOptions() {
    OptionLayers layers =
        OptionLayers.ofReader(
            Map.of("provider", "diskimage", "owner", "me", "option.mode", "x", "mode", "FAILFAST"));
    assertThat(resolve(layers, TableKind.BLOCKS).hadoop()).isEmpty();
  }

  private static ScanOptions blocks(Map<String, String> options) {
    OptionLayers layers = OptionLayers.ofReader(options);
    return resolve(layers, layers.table());
  }

  private static ScanOptions resolve(OptionLayers layers, TableKind table) {
    return layers.resolve(table, List.of("/vm"), TimeTravel.NONE);
  }

  private static long micros(String instant) {
    return Instant.parse(instant).toEpochMilli() * 1000;
  }

  private static void assertRefused(ThrowingCallable call, String... words) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(words);
  }
}
