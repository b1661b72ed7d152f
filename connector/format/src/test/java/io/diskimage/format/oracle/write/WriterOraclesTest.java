package io.diskimage.format.oracle.write;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.ForwardingTarget;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.oracle.QemuImg;
import io.diskimage.format.raw.RawWriterProfile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The oracles see it when a writer does not do what it should. */
class WriterOraclesTest {
  private static final int ATTEMPTS = 100;

  @TempDir Path directory;

  /** A writer that is right, on a file that is not. */
  private static WriterProfile on(UnaryOperator<ImageTarget> wrong) {
    return new RawWriterProfile() {
      @Override
      public WritableDiskImage openForWriting(
          ImageTarget target, CreateCase created, Path directory) throws IOException {
        return super.openForWriting(wrong.apply(target), created, directory);
      }
    };
  }

  private static void assertSeen(Seeds.Attempt oracle, String as) {
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < ATTEMPTS; i++) {
                oracle.at(i, new Random(i));
              }
            })
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(as);
  }

  /** Forgets to flush. */
  private static final class Unflushed extends ForwardingTarget {
    Unflushed(ImageTarget target) {
      super(target);
    }

    @Override
    public void flush() {
      // What this class is about.
    }
  }

  /** Says nothing of failures. */
  private static final class Silent extends ForwardingTarget {
    Silent(ImageTarget target) {
      super(target);
    }

    @Override
    public void write(long position, ByteBuffer source) {
      try {
        super.write(position, source);
      } catch (IOException unsaid) {
        source.position(source.limit());
      }
    }
  }

  /** Writes nothing of the last byte of long pieces. */
  private static final class Clipped extends ForwardingTarget {
    Clipped(ImageTarget target) {
      super(target);
    }

    @Override
    public void write(long position, ByteBuffer source) throws IOException {
      ByteBuffer piece = source.duplicate();
      piece.limit(source.remaining() > 5000 ? source.limit() - 1 : source.limit());
      super.write(position, piece);
    }
  }

  /** Writes when it is closed. */
  private static final class Late extends ForwardingTarget {
    private final List<TargetWrite.Bytes> waiting = new ArrayList<>();

    Late(ImageTarget target) {
      super(target);
    }

    @Override
    public void write(long position, ByteBuffer source) {
      ByteBuffer copy = ByteBuffer.allocate(source.remaining()).put(source).flip();
      waiting.add(new TargetWrite.Bytes(position, copy));
    }

    @Override
    public void close() throws IOException {
      for (TargetWrite.Bytes each : waiting) {
        super.write(each.position(), each.bytes());
      }
      super.close();
    }
  }

  /** Of the writer that is killed, made in its JVM. */
  public static final class LateProfile extends RawWriterProfile {
    @Override
    public WritableDiskImage openForWriting(ImageTarget target, CreateCase created, Path directory)
        throws IOException {
      return super.openForWriting(new Late(target), created, directory);
    }
  }

  @Test
  void seeAFlushThatIsForgotten() {
    CrashOracle oracle = new CrashOracle(on(Unflushed::new), directory);
    assertSeen((number, random) -> oracle.attempt(random), "after the crash");
  }

  @Test
  void seeAFailureThatIsNotReported() {
    FaultOracle oracle = new FaultOracle(on(Silent::new), directory);
    assertSeen((number, random) -> oracle.attempt(random, 8), "a failure is not reported");
  }

  @Test
  void seeAByteThatIsNotWritten() {
    QemuImg.requireOrSkip();
    WriterOracle oracle = new WriterOracle(on(Clipped::new), directory);
    assertSeen((number, random) -> oracle.attempt(random), "what our writer shows");
  }

  @Test
  void seeWhatAKilledWriterHadNotWritten() {
    KilledWriter oracle = new KilledWriter(new LateProfile(), directory);
    assertSeen((number, random) -> oracle.attempt(random), "after kill -9");
  }

  @Test
  void seeAFreshImageThatIsAnotherOne() {
    QemuImg.requireOrSkip();
    WriterProfile touched =
        new RawWriterProfile() {
          @Override
          public WritableDiskImage create(ImageTarget target, CreateCase created, Path directory)
              throws IOException {
            WritableDiskImage image = super.create(target, created, directory);
            image.write(700, new byte[] {1}, 0, 1);
            return image;
          }
        };
    CreateOracle oracle = new CreateOracle(touched, directory);
    assertSeen(
        (number, random) -> oracle.requireSameBytes(CreateCase.of(1024, "")),
        "byte 700 of the file");
  }
}
