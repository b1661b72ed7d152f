package io.diskimage.services;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A service in a JVM of its own, seen from the JVM that started it. The service ends when its
 * standard input does; that is a pipe to this JVM, so it does not outlive it.
 */
final class ServiceProcess implements AutoCloseable {
  private static final long SECONDS_TO_END = 30;
  private static final List<String> JVM_OPTIONS =
      List.of(
          "-Xmx512m",
          "-XX:+UseParallelGC",
          "-Djava.net.preferIPv4Stack=true",
          "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");

  private final Process process;
  private final PrintStream questions;
  private final BufferedReader answers;
  private final Path directory;
  private final Path log;
  private final String ready;

  private ServiceProcess(Process process, Path directory, Path log) throws IOException {
    this.process = process;
    this.directory = directory;
    this.log = log;
    questions = new PrintStream(process.getOutputStream(), true, UTF_8);
    answers = process.inputReader(UTF_8);
    ready = answer();
  }

  /**
   * Starts a JVM and waits until its service is ready.
   *
   * @param main calls {@link ServiceConsole#serve}
   * @param target existing directory for data and log
   * @param name of the service, in the names of both
   * @param arguments of the service, after its data directory
   * @throws IOException if the service can't be started; its log says why
   */
  static ServiceProcess start(Class<?> main, Path target, String name, List<String> arguments)
      throws IOException {
    Path directory = Files.createTempDirectory(target, name + "-").toAbsolutePath();
    Path log = target.resolve(name + ".log");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(JVM_OPTIONS);
    command.addAll(List.of("-cp", classPath(), main.getName()));
    command.add(directory.toString());
    command.addAll(arguments);
    Process process =
        new ProcessBuilder(command).redirectError(Redirect.appendTo(log.toFile())).start();
    try {
      return new ServiceProcess(process, directory, log);
    } catch (IOException failure) {
      process.destroyForcibly();
      Directories.delete(directory);
      throw failure;
    }
  }

  /** What the service said of itself when it was ready. */
  String ready() {
    return ready;
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  /** Has the service do something, and waits until it is done. */
  synchronized String ask(String question) throws IOException {
    questions.println(question);
    return answer();
  }

  private String answer() throws IOException {
    String answer = answers.readLine();
    if (answer == null || !answer.startsWith(ServiceConsole.DONE)) {
      throw new IOException("the service failed: " + answer + ", see " + log);
    }
    return answer.substring(ServiceConsole.DONE.length());
  }

  @Override
  public synchronized void close() throws IOException {
    questions.close();
    try {
      if (!process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException interrupt) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a service ended");
    } finally {
      answers.close();
      Directories.delete(directory);
    }
  }

  /** The jars that the build left beside the classes of this module. */
  private static String classPath() throws IOException {
    try {
      Path own =
          Path.of(ServiceProcess.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return own + File.pathSeparator + own.resolveSibling("jars").resolve("*");
    } catch (URISyntaxException malformed) {
      throw new IOException("no path to the classes of services", malformed);
    }
  }
}
