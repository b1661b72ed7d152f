package io.diskimage.format.parallels;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.diskimage.format.DiskImage;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The format extension fills a cluster, whose size the image decides (parallels.md section 1.4).
 */
class LargeExtensionTest {
  private static final int CLUSTER = 128 << 20;
  private static final int TRACKS = CLUSTER / 512;
  private static final long MAX_ALLOCATED = 16 << 20;

  @Test
  void checkingItTakesNoMemoryOfItsSize(@TempDir Path directory)
      throws IOException, NoSuchAlgorithmException {
    Path file = directory.resolve("disk.hdd");
    ByteBuffer header = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    header.put("WithouFreSpacExt".getBytes(StandardCharsets.US_ASCII));
    header.putInt(2).putInt(16).putInt(512).putInt(TRACKS).putInt(1).putLong(TRACKS);
    header.putInt(0).putInt(TRACKS).putInt(0).putLong(TRACKS);
    ByteBuffer extension = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
    extension.putLong(0xab234cef23dcea87L).put(md5OfZeros(CLUSTER - 24));
    try (RandomAccessFile image = new RandomAccessFile(file.toFile(), "rw")) {
      image.write(header.array());
      image.seek(CLUSTER);
      image.write(extension.array());
      image.setLength(2L * CLUSTER);
    }

    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    try (DiskImage image =
        new ParallelsFormat().open(LocalImageInput.open(file), OpenOptions.of(Purpose.READ))) {
      assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(MAX_ALLOCATED);
      assertThat(image.virtualSize()).isEqualTo(CLUSTER);
      assertThat(image.info().features()).contains("format extension");
    }
  }

  private static byte[] md5OfZeros(int length) throws NoSuchAlgorithmException {
    MessageDigest md5 = MessageDigest.getInstance("MD5");
    byte[] zeros = new byte[1 << 20];
    for (int left = length; left > 0; left -= zeros.length) {
      md5.update(zeros, 0, Math.min(left, zeros.length));
    }
    return md5.digest();
  }
}
