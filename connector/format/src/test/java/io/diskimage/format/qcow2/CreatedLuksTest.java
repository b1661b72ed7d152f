package io.diskimage.format.qcow2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.CreateOptions;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageContent;
import io.diskimage.format.IoCounters;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.LocalImageTarget;
import io.diskimage.format.LockedImageException;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.WriteOptions;
import io.diskimage.format.oracle.QemuImg;
import io.diskimage.format.oracle.write.CreateCase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images with a LUKS header of ours: QEMU unlocks them, and each reads what the other wrote. */
class CreatedLuksTest {
  private static final int SIZE = 300 << 10;
  private static final OpenOptions OPEN =
      OpenOptions.of(Purpose.READ)
          .withPassphrases((image, uuid) -> QemuImg.PASSPHRASE.getBytes(StandardCharsets.UTF_8));

  @TempDir Path directory;

  private static CreateOptions options(String more) {
    String all = "encrypt.format=luks,encrypt.iter-time=10" + (more.isEmpty() ? "" : "," + more);
    return CreateCase.of(SIZE, all)
        .createOptions()
        .withWriting(WriteOptions.DEFAULT.withOpen(OPEN));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "encrypt.cipher-alg=aes-128,encrypt.cipher-mode=cbc,encrypt.ivgen-alg=essiv",
        "encrypt.cipher-alg=aes-192,encrypt.ivgen-alg=plain",
        "encrypt.hash-alg=sha512,cluster_size=4k,preallocation=metadata",
        "compat=0.10,cluster_size=512",
        "extended_l2=on"
      })
  void isUnlockedByQemu(String more) throws IOException {
    QemuImg.requireOrSkip();
    Path file = directory.resolve("image");
    byte[] data = new byte[70_000];
    Arrays.fill(data, (byte) 7);
    try (WritableDiskImage image =
        new Qcow2Format().create(LocalImageTarget.create(file), options(more))) {
      image.write(1000, data, 0, data.length);
    }
    QemuImg.io(
        QemuImg.encryptedImage(file), List.of("read -P 7 1000 70000", "write -P 9 200000 5000"));
    assertThat(QemuImg.check(QemuImg.encryptedImage(file)).exitCode()).isZero();
    try (DiskImage image = new Qcow2Format().open(LocalImageInput.open(file), OPEN);
        ImageContent content = new ImageContent(image, new IoCounters())) {
      byte[] read = new byte[5000];
      content.read(200_000, read, 0, read.length);
      assertThat(read).containsOnly(9);
    }
  }

  @Test
  void needsAPassphraseBeforeAnythingIsWritten() throws IOException {
    Path file = directory.resolve("image");
    CreateOptions options = options("").withWriting(WriteOptions.DEFAULT);
    try (LocalImageTarget target = LocalImageTarget.create(file)) {
      assertThatThrownBy(() -> new Qcow2Format().create(target, options))
          .isInstanceOf(LockedImageException.class);
    }
    assertThat(Files.size(file)).isZero();
  }

  @Test
  void opensByNoOtherPassphrase() throws IOException {
    Path file = directory.resolve("image");
    new Qcow2Format().create(LocalImageTarget.create(file), options("")).close();
    OpenOptions wrong =
        OPEN.withPassphrases((image, uuid) -> "other".getBytes(StandardCharsets.UTF_8));
    try (LocalImageInput input = LocalImageInput.open(file)) {
      assertThatThrownBy(() -> new Qcow2Format().open(input, wrong))
          .isInstanceOf(LockedImageException.class);
    }
  }
}
