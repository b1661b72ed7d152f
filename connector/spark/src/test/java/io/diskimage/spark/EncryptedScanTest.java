package io.diskimage.spark;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.diskimage.format.oracle.QemuImg;
import io.diskimage.spark.cache.ImageCache;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.spark.SparkFirehoseListener;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.JsonProtocol;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Encrypted images in queries: who can read them, and that nobody sees their passphrases. */
class EncryptedScanTest {
  private static final String WRONG = "stockfish";
  private static final String ENCRYPTION =
      "encrypt.format=luks,encrypt.iter-time=10,encrypt.key-secret=key";

  @TempDir private static Path directory;
  private static Path file;
  private static String store;

  private final SparkSession spark = LocalSpark.session();

  @BeforeAll
  static void makeImageAndKeys() {
    QemuImg.requireOrSkip();
    file = directory.resolve("locked.qcow2");
    QemuImg.create("qcow2", ENCRYPTION, file, "1M");
    QemuImg.io(
        QemuImg.encryptedImage(file), List.of("write -q -P 7 64k 128k", "write -q -P 9 512k 64k"));
    store =
        Keys.store(
            directory.resolve("keys.jceks"),
            Map.of("vm-locked.qcow2", QemuImg.PASSPHRASE, "wrong", WRONG));
  }

  @BeforeEach
  void forgetOpenImages() {
    ImageCache.get().clear();
  }

  private DataFrameReader reader(String table) {
    return spark.read().format("diskimage").option("table", table).option(Keys.SETTING, store);
  }

  private String query(String alias) {
    return "SELECT `offset`, data FROM images.`"
        + directory
        + "/*.qcow2` WITH (passwordProvider = '"
        + alias
        + "', `"
        + Keys.SETTING
        + "` = '"
        + store
        + "') WHERE allocated ORDER BY `offset`";
  }

  private static void assertContent(List<Row> rows) {
    assertThat(rows).extracting(row -> row.getLong(0)).containsExactly(65536L, 131072L, 524288L);
    for (Row row : rows) {
      byte[] expected = new byte[65536];
      Arrays.fill(expected, (byte) (row.getLong(0) < 524288 ? 7 : 9));
      assertThat(Arrays.mismatch(row.getAs("data"), expected)).isEqualTo(-1);
    }
  }

  @Test
  void readsWithThePassphraseOfTheAlias() {
    assertContent(spark.sql(query("vm-{name}")).collectAsList());
  }

  @Test
  void saysWhichOptionIsMissing() {
    Throwable failure =
        catchThrowable(() -> reader("blocks").load(file.toString()).collectAsList());
    assertThat(stackTrace(failure))
        .contains("LockedImageException")
        .contains("option passwordProvider");
    failure =
        catchThrowable(
            () ->
                reader("extents")
                    .option("passwordProvider", "nobody")
                    .load(file.toString())
                    .collectAsList());
    assertThat(stackTrace(failure)).contains("no alias 'nobody'");
  }

  @Test
  void aLockedImageIsARowOfPermissiveReadsAndOfImages() {
    List<Row> rows =
        reader("blocks")
            .option("mode", "PERMISSIVE")
            .option("passwordProvider", "wrong")
            .load(file.toString())
            .selectExpr("path", "_error.class", "_error.message")
            .collectAsList();
    assertThat(rows).hasSize(1);
    assertThat(rows.get(0).getString(1)).isEqualTo("LockedImageException");
    assertThat(rows.get(0).getString(2)).isEqualTo("Invalid password, cannot unlock any keyslot");
    Row image = reader("images").load(file.toString()).selectExpr("encrypted", "error").first();
    assertThat(image.getBoolean(0)).isTrue();
    assertThat(image.isNullAt(1)).isTrue();
  }

  @Test
  void whoeverHasNoKeyDoesNotReadWhatIsOpenForOthers() {
    assertContent(spark.sql(query("vm-{name}")).collectAsList());
    Throwable failure = catchThrowable(() -> spark.sql(query("wrong")).collectAsList());
    assertThat(stackTrace(failure)).contains("Invalid password, cannot unlock any keyslot");
    String empty = Keys.store(directory.resolve("empty.jceks"), Map.of("unrelated", "x"));
    failure =
        catchThrowable(() -> spark.sql(query("vm-{name}").replace(store, empty)).collectAsList());
    assertThat(stackTrace(failure)).contains("no alias 'vm-locked.qcow2'");
  }

  @Test
  void passphrasesAreNowhereToBeSeen() throws Exception {
    Seen seen = new Seen();
    seen.watch(spark);
    try {
      assertContent(spark.sql(query("vm-{name}")).collectAsList());
      ImageCache.get().clear();
      seen.texts.add(stackTrace(catchThrowable(() -> spark.sql(query("wrong")).collectAsList())));
      for (String mode : List.of("EXTENDED", "FORMATTED", "CODEGEN", "COST")) {
        spark
            .sql("EXPLAIN " + mode + " " + query("vm-{name}"))
            .collectAsList()
            .forEach(row -> seen.texts.add(row.getString(0)));
      }
      spark.sparkContext().listenerBus().waitUntilEmpty();
    } finally {
      seen.end(spark);
    }
    String all = String.join("\n", seen.texts);
    assertThat(all)
        .as("what was seen")
        .contains("Invalid password, cannot unlock any keyslot")
        .contains("== Optimized Logical Plan ==")
        .contains("SparkListenerSQLExecutionStart")
        .contains("SparkListenerTaskEnd")
        .contains("An image cannot be read")
        .contains(" DEBUG ");
    for (String secret : List.of(QemuImg.PASSPHRASE, WRONG)) {
      assertThat(all.contains(secret)).as("a passphrase was seen").isFalse();
    }
  }

  private static String stackTrace(Throwable failure) {
    StringWriter text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  /** All that events and the log say while a query runs. */
  private static final class Seen extends SparkFirehoseListener {
    final Queue<String> texts = new ConcurrentLinkedQueue<>();
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private final PrintStream err = System.err;

    @Override
    public void onEvent(SparkListenerEvent event) {
      texts.add(JsonProtocol.sparkEventToJsonString(event));
    }

    void watch(SparkSession spark) {
      spark.sparkContext().addSparkListener(this);
      System.setErr(new PrintStream(log, true, UTF_8));
      spark.sparkContext().setLogLevel("DEBUG");
    }

    void end(SparkSession spark) {
      spark.sparkContext().setLogLevel("WARN");
      System.setErr(err);
      spark.sparkContext().removeSparkListener(this);
      texts.add(log.toString(UTF_8));
    }
  }
}
