package io.diskimage.services;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The service's side of a {@link ServiceProcess}: one answer for each line, until there are no
 * more.
 */
final class ServiceConsole {
  /** Begins the answer when all went well. */
  static final String DONE = "done ";

  private static final String FAILED = "failed ";
  private static final Logger LOG = LoggerFactory.getLogger(ServiceConsole.class);

  private ServiceConsole() {}

  /** A service that has started. */
  interface Service extends AutoCloseable {
    /** What who started it wants to know, in one line. */
    String description();

    /** Does what a line says. */
    void obey(String line) throws Exception;

    @Override
    void close() throws IOException;
  }

  /** How a service is started. */
  interface Starter {
    Service start(Path directory) throws Exception;
  }

  /**
   * Runs a service until standard input ends, then removes its directory and ends the JVM, whatever
   * threads the service leaves behind.
   */
  static void serve(Path directory, Starter starter) {
    PrintStream answers = System.out;
    // Whatever else prints belongs into the log.
    System.setOut(System.err);
    int status = 0;
    try {
      run(directory, starter, answers);
    } catch (Exception | LinkageError failure) {
      LOG.error("the service failed", failure);
      answers.println(FAILED + failure);
      status = 1;
    }
    Runtime.getRuntime().halt(status);
  }

  private static void run(Path directory, Starter starter, PrintStream answers) throws Exception {
    try (Service service = starter.start(directory)) {
      answers.println(DONE + service.description());
      BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, UTF_8));
      for (String line = questions.readLine(); line != null; line = questions.readLine()) {
        answers.println(answer(service, line));
      }
    } finally {
      Directories.delete(directory);
    }
  }

  private static String answer(Service service, String line) {
    try {
      service.obey(line);
      return DONE;
    } catch (Exception failure) {
      LOG.error("{} failed", line, failure);
      return FAILED + line + ": " + failure;
    }
  }
}
