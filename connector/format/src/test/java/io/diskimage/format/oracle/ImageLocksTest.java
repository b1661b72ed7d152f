package io.diskimage.format.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.ImageLockedException;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.LocalImageTarget;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Writers of one file keep each other out: in this JVM, in another one, and QEMU's. */
class ImageLocksTest {
  private static final String WRITE = "Failed to get \"write\" lock";
  private static final String SHARED_WRITE = "Failed to get shared \"write\" lock";
  private static final String ANOTHER = "Is another process using the image [";

  @TempDir Path directory;

  private Path image;

  @BeforeEach
  void createImage() throws IOException {
    image = directory.resolve("disk.raw");
    Files.write(image, new byte[1 << 20]);
  }

  private static void assertLocked(Path file) {
    assertThatThrownBy(() -> LocalImageTarget.open(file).close())
        .isInstanceOf(ImageLockedException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(WRITE)
        .hasMessageContaining(ANOTHER + file + "]?");
  }

  private static void assertFree(Path file) {
    assertThatCode(() -> LocalImageTarget.open(file).close()).doesNotThrowAnyException();
  }

  /** Another process that opens a file and tells so, until it is told to end. */
  private static final class Holder implements Closeable {
    private final Process process;
    private final BufferedReader lines;

    /** Waits until the process has printed a line. */
    Holder(List<String> command, String request) throws IOException {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
      Writer input = process.outputWriter(StandardCharsets.UTF_8);
      input.write(request);
      input.flush();
      lines =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    static Holder java(Path file, String... more) throws IOException {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(List.of("-cp", System.getProperty("java.class.path")));
      command.addAll(List.of(ImageLocksTest.class.getName(), file.toString()));
      command.addAll(List.of(more));
      return new Holder(command, "");
    }

    static Holder qemu(String format, Path file, String... options) throws IOException {
      List<String> command = new ArrayList<>(List.of("qemu-io", "-f", format));
      command.addAll(List.of(options));
      command.add(file.toString());
      return new Holder(command, "length\n");
    }

    String line() throws IOException {
      return lines.readLine();
    }

    void kill() {
      process.toHandle().destroyForcibly();
      process.onExit().join();
    }

    /** Ends the input, at which the process ends. */
    @Override
    public void close() throws IOException {
      process.getOutputStream().close();
      while (lines.readLine() != null) {
        // Until it has ended.
      }
      process.onExit().join();
      lines.close();
    }
  }

  /**
   * Holds a file, or counts in it.
   *
   * @param arguments the file, and maybe how often to try to count
   */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length > 1) {
      System.out.println("ready");
      System.out.println(count(Path.of(arguments[0]), Integer.parseInt(arguments[1])));
      return;
    }
    try (LocalImageTarget target = LocalImageTarget.open(Path.of(arguments[0]))) {
      System.out.println(target.length());
      while (System.in.read() >= 0) {
        // Until the input ends.
      }
    } catch (ImageLockedException locked) {
      System.out.println(locked.getMessage());
    }
  }

  private static String qemuIo(Path file) {
    return QemuImg.ioOutcome(QemuImg.image("raw", file), List.of("length")).output();
  }

  @Test
  void keepASecondWriterOfThisJvmOut() throws IOException {
    try (LocalImageTarget first = LocalImageTarget.open(image)) {
      assertLocked(image);
      assertThatThrownBy(() -> LocalImageTarget.create(image).close())
          .isInstanceOf(ImageLockedException.class);
      first.write(0, new byte[] {1}, 0, 1);
    }
    assertFree(image);
  }

  @Test
  void keepASecondWriterOutUnderAnyName() throws IOException {
    Path hard = Files.createLink(directory.resolve("hard"), image);
    Path soft = Files.createSymbolicLink(directory.resolve("soft"), image);
    try (LocalImageTarget first = LocalImageTarget.open(soft)) {
      assertLocked(image);
      assertLocked(hard);
      assertLocked(soft);
      assertThat(first.length()).isEqualTo(1 << 20);
    }
    assertFree(hard);
  }

  @Test
  void keepAWriterOfAnotherJvmOut() throws Exception {
    try (LocalImageTarget first = LocalImageTarget.open(image)) {
      assertLocked(image);
      try (Holder second = Holder.java(image)) {
        assertThat(second.line()).contains(WRITE, ANOTHER + image + "]?");
      }
      first.flush();
    }
    try (Holder first = Holder.java(image)) {
      assertThat(first.line()).isEqualTo("1048576");
      assertLocked(image);
    }
    assertFree(image);
  }

  /** Adds one to the number at the start of a file whenever it is let in; returns how often. */
  private static int count(Path file, int attempts) throws Exception {
    Callable<Integer> counter =
        () -> {
          int let = 0;
          for (int i = 0; i < attempts; i++) {
            try (LocalImageTarget target = LocalImageTarget.open(file)) {
              let++;
              ByteBuffer number = ByteBuffer.allocate(Integer.BYTES);
              target.read(0, number);
              target.write(0, number.putInt(0, number.getInt(0) + 1).rewind());
            } catch (ImageLockedException locked) {
              // Another one is in; the next attempt may do.
            }
          }
          return let;
        };
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      int sum = 0;
      for (Future<Integer> each : threads.invokeAll(List.of(counter, counter))) {
        sum += each.get();
      }
      return sum;
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void letNoTwoInThatComeAtOnce() throws Exception {
    int attempts = 2000;
    try (Holder other = Holder.java(image, String.valueOf(attempts))) {
      assertThat(other.line()).isEqualTo("ready");
      int sum = count(image, attempts) + Integer.parseInt(other.line());
      try (LocalImageInput counted = LocalImageInput.open(image)) {
        ByteBuffer number = ByteBuffer.allocate(Integer.BYTES);
        counted.read(0, number);
        assertThat(number.getInt(0)).isEqualTo(sum).isPositive();
      }
    }
  }

  @Test
  void endWithTheProcess() throws Exception {
    try (Holder first = Holder.java(image)) {
      assertThat(first.line()).isEqualTo("1048576");
      assertLocked(image);
      first.kill();
      assertFree(image);
    }
  }

  @Test
  void areStillThereWhenAReaderHasCome() throws Exception {
    LocalImageInput before = LocalImageInput.open(image);
    try (LocalImageTarget writer = LocalImageTarget.open(image)) {
      before.close();
      for (int i = 0; i < 3; i++) {
        try (LocalImageInput reader = LocalImageInput.open(image);
            LocalImageInput another = LocalImageInput.open(image)) {
          writer.write(7, new byte[] {(byte) i}, 0, 1);
          ByteBuffer read = ByteBuffer.allocate(1);
          another.read(7, read);
          assertThat(read.array()).containsExactly(i);
          assertThat(reader.length()).isEqualTo(1 << 20);
        }
      }
      try (Holder second = Holder.java(image)) {
        assertThat(second.line()).contains(WRITE);
      }
    }
    try (Holder second = Holder.java(image)) {
      assertThat(second.line()).isEqualTo("1048576");
    }
  }

  /** A refused writer closes what it has opened, too. */
  @Test
  void areStillThereWhenASecondWriterWasRefused() throws Exception {
    try (LocalImageTarget writer = LocalImageTarget.open(image)) {
      assertLocked(image);
      try (Holder second = Holder.java(image)) {
        assertThat(second.line()).contains(WRITE);
      }
      writer.flush();
    }
  }

  @Test
  void areNotTrustedOnceAReaderWasInterrupted() throws IOException {
    try (LocalImageTarget writer = LocalImageTarget.open(image);
        LocalImageInput reader = LocalImageInput.open(image)) {
      Thread.currentThread().interrupt();
      try {
        assertThatThrownBy(() -> reader.read(0, ByteBuffer.allocate(1)))
            .isInstanceOf(ClosedByInterruptException.class);
      } finally {
        assertThat(Thread.interrupted()).isTrue();
      }
      assertThatThrownBy(() -> writer.write(0, new byte[] {1}, 0, 1))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(image.toString())
          .hasMessageContaining("lock");
    }
    assertFree(image);
  }

  @Test
  void keepQemuOut() throws IOException {
    QemuImg.requireOrSkip();
    try (LocalImageTarget writer = LocalImageTarget.open(image)) {
      assertThat(qemuIo(image)).contains(WRITE, ANOTHER + image + "]?");
      assertThat(QemuImg.outcome("resize", "-f", "raw", image.toString(), "2M").output())
          .contains(WRITE);
      writer.flush();
    }
    assertThat(qemuIo(image)).contains("1 MiB");
  }

  @Test
  void letQemuLookAtWhatIsWritten() throws IOException {
    QemuImg.requireOrSkip();
    Path qcow2 = directory.resolve("disk.qcow2");
    QemuImg.create("qcow2", "", qcow2, "1M");
    try (LocalImageTarget writer = LocalImageTarget.open(qcow2)) {
      assertThat(QemuImg.info("qcow2", qcow2).get("virtual-size").longValue()).isEqualTo(1 << 20);
      writer.flush();
    }
    try (LocalImageTarget writer = LocalImageTarget.open(image)) {
      writer.setLength(3 << 20);
      assertThat(QemuImg.info("raw", image).get("virtual-size").longValue()).isEqualTo(3 << 20);
    }
  }

  @Test
  void areRespectedFromQemu() throws Exception {
    QemuImg.requireOrSkip();
    Path qcow2 = directory.resolve("disk.qcow2");
    QemuImg.create("qcow2", "", qcow2, "1M");
    try (Holder writer = Holder.qemu("qcow2", qcow2)) {
      assertThat(writer.line()).contains("1 MiB");
      assertLocked(qcow2);
      // Still out: what failed has let nothing slip.
      assertThat(QemuImg.outcome("resize", qcow2.toString(), "2M").output()).contains(WRITE);
    }
    assertFree(qcow2);
    try (Holder reader = Holder.qemu("qcow2", qcow2, "-r")) {
      assertThat(reader.line()).contains("1 MiB");
      assertLocked(qcow2);
    }
    assertFree(qcow2);
    try (Holder sharing = Holder.qemu("raw", image)) {
      assertThat(sharing.line()).contains("1 MiB");
      assertThatThrownBy(() -> LocalImageTarget.open(image).close())
          .isInstanceOf(ImageLockedException.class)
          .hasMessageContaining(SHARED_WRITE);
    }
    assertFree(image);
  }

  @Test
  void areNotTakenByReaders() throws IOException {
    try (LocalImageInput reader = LocalImageInput.open(image)) {
      assertFree(image);
      assertThat(reader.length()).isEqualTo(1 << 20);
    }
  }
}
