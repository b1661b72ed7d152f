package io.diskimage.format.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Limits;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WrittenTablesTest {
  private static final int PAGE = 4096;

  private final byte[] file = new byte[16 * PAGE];
  private final BytesImageInput input = new BytesImageInput("/vm/disk", file);
  private final List<String> writes = new ArrayList<>();
  private final IoCounters io = new IoCounters();
  private IOException failure;

  private final WrittenTables tables =
      new WrittenTables(target(), Limits.DEFAULT.withTables(PAGE, 2 * PAGE));

  /** A file that notes what is written to it. */
  private ImageTarget target() {
    return (ImageTarget)
        Proxy.newProxyInstance(
            ImageTarget.class.getClassLoader(),
            new Class<?>[] {ImageTarget.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("readPadded")) {
                byte[] into = (byte[]) arguments[1];
                return input.readPadded(
                    (long) arguments[0], into, (int) arguments[2], (int) arguments[3]);
              }
              assertThat(method.getName()).isEqualTo("write");
              if (failure != null) {
                throw failure;
              }
              long at = (long) arguments[0];
              int from = (int) arguments[2];
              int length = (int) arguments[3];
              writes.add(at + "+" + length);
              ByteBuffer.wrap(file).put((int) at, (byte[]) arguments[1], from, length);
              return null;
            });
  }

  private void change(long page, int at, int value) throws IOException {
    WrittenTables.Page changed = tables.pageAt(page * PAGE, PAGE, io);
    changed.bytes()[at] = (byte) value;
    changed.changed(at, 1);
  }

  @Test
  void showsAChangeBeforeItIsWritten() throws IOException {
    change(1, 7, 42);
    assertThat(tables.page(PAGE, PAGE, io)[7]).isEqualTo((byte) 42);
    assertThat(tables.isChanged()).isTrue();
    assertThat(file[PAGE + 7]).isZero();

    tables.write();
    assertThat(file[PAGE + 7]).isEqualTo((byte) 42);
    assertThat(tables.isChanged()).isFalse();
    tables.write();
    assertThat(writes).containsExactly(PAGE + 7 + "+1");
  }

  @Test
  void writesInAscendingOrderAndWhatLiesSideBySideAtOnce() throws IOException {
    change(5, 3, 1);
    change(2, 0, 2);
    change(2, PAGE - 1, 3);
    change(3, 0, 4);
    change(3, 9, 5);
    tables.write();
    assertThat(writes).containsExactly(2 * PAGE + "+" + (PAGE + 10), 5 * PAGE + 3 + "+1");
    assertThat(file[2 * PAGE]).isEqualTo((byte) 2);
    assertThat(file[3 * PAGE - 1]).isEqualTo((byte) 3);
    assertThat(file[3 * PAGE]).isEqualTo((byte) 4);
    assertThat(file[3 * PAGE + 9]).isEqualTo((byte) 5);
  }

  @Test
  void keepsChangesWhoseWriteFailed() throws IOException {
    change(1, 0, 1);
    failure = new IOException("disk on fire");
    assertThatThrownBy(tables::write).isSameAs(failure);
    failure = null;
    tables.write();
    assertThat(writes).containsExactly(PAGE + "+1");
  }

  @Test
  void dropsPagesThatAreNotChangedBeyondItsBytes() throws IOException {
    change(0, 0, 1);
    for (int page = 1; page < 5; page++) {
      tables.page((long) page * PAGE, PAGE, io);
    }
    long reads = io.reads();
    tables.page(0, PAGE, io);
    tables.page(4 * PAGE, PAGE, io);
    assertThat(io.reads()).isEqualTo(reads);
    tables.page(PAGE, PAGE, io);
    assertThat(io.reads()).isEqualTo(reads + 1);
  }

  @Test
  void saysWhenTooMuchIsChanged() throws IOException {
    change(0, 0, 1);
    change(1, 0, 1);
    assertThat(tables.isFull()).isFalse();
    change(2, 0, 1);
    assertThat(tables.isFull()).isTrue();
    tables.write();
    assertThat(tables.isFull()).isFalse();
  }

  @Test
  void readsAgainWhatItForgot() throws IOException {
    tables.page(0, PAGE, io);
    tables.forget();
    file[0] = 9;
    assertThat(tables.page(0, PAGE / 2, io)[0]).isEqualTo((byte) 9);
    assertThatThrownBy(() -> tables.page(0, PAGE, io)).isInstanceOf(IllegalStateException.class);

    change(1, 0, 1);
    assertThatThrownBy(tables::forget).isInstanceOf(IllegalStateException.class);
  }
}
