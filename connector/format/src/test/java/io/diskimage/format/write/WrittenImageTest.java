package io.diskimage.format.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.InvalidOptionException;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class WrittenImageTest {
  private static final int SIZE = 8192;
  private static final int CLUSTER = 4096;

  private final List<String> calls = new ArrayList<>();
  private final Changes image = new Changes();

  /** Answers sizes, and notes every other call by its name. */
  private <T> T noting(Class<T> type) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "virtualSize" -> (long) SIZE;
                  case "clusterSize" -> (long) CLUSTER;
                  case "location" -> "/vm/disk";
                  default -> {
                    calls.add(method.getName());
                    yield null;
                  }
                }));
  }

  /** Notes what reaches a driver. */
  private final class Changes extends WrittenImage {
    private final DiskImage view = noting(DiskImage.class);

    Changes() {
      super(noting(ImageTarget.class));
    }

    @Override
    protected DiskImage view() {
      return view;
    }

    @Override
    protected void put(long guestOffset, byte[] source, int offset, int length) {
      calls.add("put " + guestOffset + " " + length);
    }

    @Override
    protected void zero(long guestOffset, long length, boolean unmap) {
      calls.add("zero " + guestOffset + " " + length);
    }

    @Override
    protected void drop(long guestOffset, long length) {
      calls.add("drop " + guestOffset + " " + length);
    }

    @Override
    protected void putCompressed(long guestOffset, byte[] source, int offset, int length) {
      calls.add("putCompressed " + guestOffset + " " + length);
    }

    @Override
    protected void changeSize(long virtualSize) {
      calls.add("changeSize " + virtualSize);
    }

    @Override
    protected void sync() {
      calls.add("sync");
    }
  }

  @Test
  void readsThroughTheView() throws ReflectiveOperationException {
    for (Method method : DiskImage.class.getMethods()) {
      boolean answered = List.of("virtualSize", "clusterSize", "close").contains(method.getName());
      if (!answered) {
        calls.clear();
        method.invoke(image, Arrays.stream(method.getParameterTypes()).map(this::any).toArray());
        assertThat(calls).as(method.toString()).containsExactly(method.getName());
      }
    }
  }

  private Object any(Class<?> type) {
    return type == long.class ? 0L : null;
  }

  @Test
  void changesOnlyWhatLiesOnTheDisk() throws IOException {
    byte[] bytes = new byte[SIZE + 1];
    image.write(SIZE - 1, bytes, 0, 1);
    image.writeZeroes(0, SIZE, true);
    image.discard(1, SIZE - 1);
    assertThat(calls).containsExactly("put 8191 1", "zero 0 8192", "drop 1 8191");

    assertThatThrownBy(() -> image.write(SIZE - 1, bytes, 0, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> image.write(0, bytes, SIZE, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> image.writeZeroes(-1, 2, false))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> image.discard(1, Long.MAX_VALUE))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThat(calls).hasSize(3);
  }

  @Test
  void changesNothingByAnEmptyRange() throws IOException {
    image.write(SIZE, new byte[0], 0, 0);
    image.writeZeroes(0, 0, false);
    image.discard(5, 0);
    image.resize(SIZE, false);
    assertThat(calls).isEmpty();
  }

  @Test
  void compressesWholeClusters() throws IOException {
    byte[] bytes = new byte[SIZE];
    image.writeCompressed(CLUSTER, bytes, 0, CLUSTER);
    assertThat(calls).containsExactly("putCompressed 4096 4096");
    assertThatThrownBy(() -> image.writeCompressed(0, bytes, 0, CLUSTER - 512))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> image.writeCompressed(512, bytes, 0, SIZE - 512))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shrinksOnlyWhenItIsMeant() throws IOException {
    assertThatThrownBy(() -> image.resize(SIZE - 512, false))
        .isInstanceOf(InvalidOptionException.class);
    assertThatThrownBy(() -> image.resize(SIZE + 1, false))
        .isInstanceOf(InvalidOptionException.class);
    assertThat(calls).isEmpty();
    image.resize(SIZE - 512, true);
    assertThat(calls).containsExactly("changeSize 7680");
  }

  @Test
  void changesNothingOnceItsTablesAreLost() throws IOException {
    IOException reason = new IOException("disk on fire");
    assertThat(image.lose(reason)).isSameAs(reason);

    assertThatThrownBy(() -> image.write(0, new byte[1], 0, 1))
        .isInstanceOf(IOException.class)
        .hasCause(reason)
        .hasMessageContaining("/vm/disk")
        .hasMessageContaining("disk on fire");
    assertThatThrownBy(() -> image.discard(0, 1)).hasCause(reason);
    assertThatThrownBy(() -> image.resize(SIZE + 512, false)).hasCause(reason);
    assertThatThrownBy(image::flush).hasCause(reason);
    image.close();
    assertThat(calls).containsExactly("close");
  }

  @Test
  void finishesOnceAndGivesUpTheTarget() throws IOException {
    image.close();
    image.close();
    assertThat(calls).containsExactly("sync", "close");
    assertThatThrownBy(() -> image.write(0, new byte[1], 0, 1))
        .isInstanceOf(ClosedChannelException.class);
  }
}
