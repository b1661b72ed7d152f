package io.diskimage.examples;

import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Prints what a fleet of disk images holds and what is wrong with it: a line per image, totals by
 * format, the largest allocations, the verdicts of a check, pointers to other files and how many
 * blocks are stored more than once. {@code examples/fleet-report.sh} runs it; under {@code
 * spark-submit} it takes the master from there.
 */
@Command(
    name = "fleet-report.sh",
    sortOptions = false,
    showDefaultValues = true,
    mixinStandardHelpOptions = true,
    version = "fleet-report of spark-diskimage",
    description = {
      "Reports on virtual disk images: format, sizes, allocation, features, errors, check, duplicate",
      "blocks.",
      "Images that cannot be read are listed with the reason; they do not end the scan.",
      ""
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:The fleet was scanned", "1:The scan failed", "2:Wrong usage"},
    footerHeading = "%nEnvironment of fleet-report.sh:%n",
    footer = {"  DISKIMAGE_HEAP   heap of the JVM, by default 2g"})
public final class FleetReport implements Callable<Integer> {
  private static final String MASTER = "spark.master";

  @Spec private CommandSpec command;

  @Parameters(
      paramLabel = "PATH",
      arity = "0..*",
      description = {
        "Images, directories (searched recursively) or globs; any Hadoop URI.",
        "Without PATH fleet-report.sh reports on the sample fleet of the repository."
      })
  private List<String> paths = List.of();

  @Option(
      names = "--dedup",
      paramLabel = "MODE",
      converter = DedupMode.Converter.class,
      description = {
        "Duplicate blocks: off, sample (1 %% of the block offsets), full, or auto (full if less than "
            + "20 GiB are allocated, else sample)."
      })
  private DedupMode dedup = DedupMode.AUTO;

  @Option(
      names = "--level",
      paramLabel = "LEVEL",
      converter = CheckDepth.Converter.class,
      description = {
        "Check of the images: header, metadata (all tables, as qemu-img check) or full (also reads "
            + "every byte and decodes every compressed cluster)."
      })
  private CheckDepth level = CheckDepth.METADATA;

  @Option(
      names = "--group-by-depth",
      paramLabel = "N",
      description =
          "Sum up by the directories N levels below PATH; 1 takes a data centre for each of the first.")
  private int depth = 1;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      description = {
        "Write the tables of the report and all checks and findings as Parquet below this "
            + "directory, replacing those of an earlier run. Any Hadoop URI."
      })
  private String out;

  @Option(
      names = "--compare",
      paramLabel = "DIR",
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      description = {
        "Tell what is new, gone and changed since the run, of the same level, that wrote DIR by --out."
      })
  private String compare;

  @Option(
      names = "--limit",
      paramLabel = "LINES",
      description = "Longest listing; the Parquet files always have all rows.")
  private int limit = 200;

  @Option(
      names = "--master",
      paramLabel = "URL",
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      description = "Spark master: local[*] by default, local[2] for two threads.")
  private String master;

  @Option(names = "--stacktrace", description = "Show the whole failure if the scan fails.")
  private boolean stacktrace;

  public static void main(String[] arguments) {
    System.exit(run(arguments, writer(System.out), writer(System.err)));
  }

  private static PrintWriter writer(OutputStream stream) {
    return new PrintWriter(new OutputStreamWriter(stream, Charset.defaultCharset()));
  }

  /** Runs the command in this JVM, with the Spark session of this JVM if there is one. */
  static int run(String[] arguments, PrintWriter out, PrintWriter err) {
    FleetReport report = new FleetReport();
    return new CommandLine(report)
        .setOut(out)
        .setErr(err)
        .setExecutionExceptionHandler(report::explain)
        .execute(arguments);
  }

  @Override
  public Integer call() {
    require(limit >= 1, "--limit must be positive");
    require(depth >= 0, "--group-by-depth must not be negative");
    if (paths.isEmpty()) {
      require(SampleFleet.available(), "PATH is missing");
      paths = List.of(SampleFleet.unpack());
    }
    SparkSession running = SparkSession.getDefaultSession().getOrElse(() -> null);
    SparkSession spark = running == null ? start() : running.newSession();
    try {
      report(spark);
    } finally {
      if (running == null) {
        spark.stop();
      }
    }
    return CommandLine.ExitCode.OK;
  }

  private void require(boolean condition, String message) {
    if (!condition) {
      throw new CommandLine.ParameterException(command.commandLine(), message);
    }
  }

  private SparkSession start() {
    SparkSession.Builder builder = SparkSession.builder().appName("fleet-report");
    if (master != null || System.getProperty(MASTER) == null) {
      builder.master(master == null ? "local[*]" : master);
    }
    setDefault(builder, "spark.ui.enabled", "false");
    setDefault(builder, "spark.sql.session.timeZone", "UTC");
    return builder.getOrCreate();
  }

  private static void setDefault(SparkSession.Builder builder, String key, String value) {
    if (System.getProperty(key) == null) {
      builder.config(key, value);
    }
  }

  private void report(SparkSession spark) {
    PrintWriter progress = command.commandLine().getErr();
    FleetTables fleet = FleetTables.of(spark, paths, level);
    FleetReading.Request request =
        new FleetReading.Request(
            dedup,
            DirectoryGroups.of(paths, depth, spark.sparkContext().hadoopConfiguration()),
            compare == null ? null : EarlierReport.below(spark, compare));
    tell(progress, "reading the metadata of " + String.join(", ", paths));
    try (FleetReading reading = FleetReading.of(fleet, request, step -> tell(progress, step))) {
      ReportText text = new ReportText(reading, limit);
      PrintWriter output = command.commandLine().getOut();
      output.print(text.render());
      output.flush();
      if (out != null) {
        reading.write(out);
        output.println(
            "Parquet: " + String.join(", ", reading.tables().keySet()) + " below " + out);
        output.flush();
      }
    }
  }

  private static void tell(PrintWriter progress, String step) {
    progress.println("fleet-report: " + step);
    progress.flush();
  }

  private int explain(Exception failure, CommandLine commandLine, CommandLine.ParseResult parsed) {
    PrintWriter err = commandLine.getErr();
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    err.println("fleet-report: the scan failed: " + root.getMessage());
    if (stacktrace) {
      failure.printStackTrace(err);
    }
    err.flush();
    return CommandLine.ExitCode.SOFTWARE;
  }
}
