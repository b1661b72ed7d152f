package io.diskimage.format.qcow2;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.OptionalLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** The judge is libzstd, in the release of zstd-jni that tests run with. */
class ZstdFrameTest {
  @Property(tries = 300)
  void endsWhereLibzstdSaysSo(
      @ForAll @Size(max = 2000) byte[] seed,
      @ForAll @IntRange(max = 300) int repetitions,
      @ForAll @IntRange(min = 1, max = 5) int level,
      @ForAll boolean checksum,
      @ForAll boolean contentSize,
      @ForAll @IntRange(max = 20) int before,
      @ForAll @IntRange(max = 20) int behind) {
    byte[] frame = frame(repeat(seed, repetitions), level, checksum, contentSize);
    byte[] source = new byte[before + frame.length + behind];
    System.arraycopy(frame, 0, source, before, frame.length);

    int length = ZstdFrame.length(source, before, source.length);

    assertThat(length).isEqualTo(frame.length);
    assertThat(Zstd.findFrameCompressedSize(source, before, source.length - before))
        .isEqualTo(frame.length);
  }

  @Test
  void hasNoEndInAnyPartOfAFrame() {
    byte[] frame = frame(repeat(new byte[] {1, 2, 3}, 100_000), 3, true, true);
    for (int end = 0; end < frame.length; end++) {
      assertThat(ZstdFrame.length(frame, 0, end)).as("%d of %d", end, frame.length).isEqualTo(-1);
    }
    assertThat(ZstdFrame.length(frame, 0, frame.length)).isEqualTo(frame.length);
  }

  @Property(tries = 2000)
  void agreesWithLibzstdOnDamagedFrames(
      @ForAll @Size(min = 1, max = 60) byte[] content,
      @ForAll boolean checksum,
      @ForAll @IntRange(min = 4, max = 24) int at,
      @ForAll byte value) {
    byte[] frame = frame(content, 3, checksum, true);
    frame[Math.min(at, frame.length - 1)] = value;

    int length = ZstdFrame.length(frame, 0, frame.length);

    assertThat(length).isBetween(-1, frame.length);
    // libzstd refuses more than a frame without an end: reserved bits, or too large a window.
    judged(frame).ifPresent(judged -> assertThat(length).isEqualTo((int) judged));
  }

  /** Libzstd takes some of them for its formats before RFC 8878, which no qcow2 image holds. */
  @Test
  void framesOfAnotherMagicAreRefused() {
    byte[] frame = frame(new byte[] {1, 2, 3}, 3, true, true);
    for (int at = 0; at < 4; at++) {
      for (int change = 1; change < 256; change++) {
        byte[] other = frame.clone();
        other[at] ^= (byte) change;
        assertThat(ZstdFrame.length(other, 0, other.length))
            .as("%d ^ %d", at, change)
            .isEqualTo(-1);
      }
    }
  }

  @Test
  void skippableFrameHasItsLengthInItsHeader() {
    byte[] frame =
        ByteBuffer.allocate(20)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(0x184d2a5e)
            .putInt(12)
            .array();
    assertThat(ZstdFrame.length(frame, 0, 20)).isEqualTo(20);
    assertThat(ZstdFrame.length(frame, 0, 19)).isEqualTo(-1);
    byte[] giant = Arrays.copyOf(frame, 20);
    Arrays.fill(giant, 4, 8, (byte) 0xff);
    assertThat(ZstdFrame.length(giant, 0, 20)).isEqualTo(-1);
  }

  @Test
  void otherBytesAreNoFrame() {
    assertThat(ZstdFrame.length(new byte[100], 0, 100)).isEqualTo(-1);
  }

  private static OptionalLong judged(byte[] frame) {
    try {
      return OptionalLong.of(Zstd.findFrameCompressedSize(frame, 0, frame.length));
    } catch (ZstdException refused) {
      return OptionalLong.empty();
    }
  }

  private static byte[] frame(byte[] content, int level, boolean checksum, boolean contentSize) {
    try (ZstdCompressCtx context = new ZstdCompressCtx()) {
      context.setLevel(level).setChecksum(checksum).setContentSize(contentSize);
      return context.compress(content);
    }
  }

  private static byte[] repeat(byte[] seed, int times) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (int i = 0; i < times; i++) {
      content.writeBytes(seed);
    }
    return content.toByteArray();
  }
}
