package io.diskimage.format.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Limits;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class BlockTableCursorTest {
  private static final long BLOCK = 512;
  private static final long DISK = Long.MAX_VALUE / 512 * 512;

  @Test
  void whatLiesBehindTheTableIsOneRun() {
    BlockTableCursor runs = cursor(2, false);
    assertThat(runs.next()).isTrue();
    assertThat(runs.kind()).isEqualTo(ExtentKind.DATA);
    assertThat(runs.length()).isEqualTo(2 * BLOCK);
    assertThat(runs.next()).isTrue();
    assertThat(runs.kind()).isEqualTo(ExtentKind.UNALLOCATED);
    assertThat(runs.length()).isEqualTo(DISK - 2 * BLOCK);
    assertThat(runs.next()).isFalse();
  }

  @Test
  void whatFailsBehindTheTableIsOneRun() {
    BlockTableCursor runs = cursor(2, true);
    assertThat(runs.next()).isTrue();
    assertThat(runs.failure()).isNull();
    assertThat(runs.length()).isEqualTo(2 * BLOCK);
    assertThat(runs.next()).isTrue();
    assertThat(runs.failure()).isInstanceOf(CorruptImageException.class);
    assertThat(runs.offset()).isEqualTo(2 * BLOCK);
    assertThat(runs.length()).isEqualTo(DISK - 2 * BLOCK);
    assertThat(runs.next()).isFalse();
  }

  @Test
  void aTableWithoutEntriesLeavesTheWholeDiskBehindIt() {
    BlockTableCursor runs = cursor(0, false);
    assertThat(runs.next()).isTrue();
    assertThat(runs.kind()).isEqualTo(ExtentKind.UNALLOCATED);
    assertThat(runs.length()).isEqualTo(DISK);
    assertThat(runs.next()).isFalse();
  }

  private static BlockTableCursor cursor(int entries, boolean failBehind) {
    CachedTables tables =
        new CachedTables(new BytesImageInput("image", new byte[4096]), Limits.DEFAULT);
    EntryTable table = new EntryTable(tables, 0, entries, 4);
    return new BlockTableCursor(table, BLOCK, 0, DISK, new IoCounters()) {
      @Override
      protected void resolve(byte[] page, int at) throws IOException {
        if (page != null) {
          stored(4096 + at / 4 * BLOCK);
        } else if (failBehind) {
          throw new CorruptImageException("image", 0, "behind the table");
        } else {
          absent(ExtentKind.UNALLOCATED, ZERO);
        }
      }
    };
  }
}
