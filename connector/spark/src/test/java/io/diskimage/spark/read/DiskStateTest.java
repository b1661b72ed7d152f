package io.diskimage.spark.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.DiskImage;
import io.diskimage.format.SnapshotInfo;
import io.diskimage.format.SnapshotNotFoundException;
import io.diskimage.spark.options.TimeTravel;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class DiskStateTest {
  private static final Instant LATE = Instant.ofEpochSecond(2000);

  private static final List<SnapshotInfo> SNAPSHOTS =
      List.of(
          snapshot("1", "b", Instant.ofEpochSecond(1000)),
          snapshot("2", "1", LATE),
          snapshot("b", "c", null));

  private static SnapshotInfo snapshot(String id, String name, Instant created) {
    return new SnapshotInfo(id, name, created, 0, 0, 512, null);
  }

  /** A disk that knows its snapshots by any spelling of their ids and names. */
  private static DiskImage disk(String state) {
    return (DiskImage)
        Proxy.newProxyInstance(
            DiskStateTest.class.getClassLoader(),
            new Class<?>[] {DiskImage.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "snapshots" -> SNAPSHOTS;
                  case "at" -> disk((String) arguments[0]);
                  case "toString" -> state;
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  private static DiskState of(String snapshot, Long asOfMicros) throws IOException {
    return DiskState.of(disk("now"), "a", new TimeTravel(snapshot, asOfMicros));
  }

  @Test
  void theDiskAsItIsHasNoVersion() throws IOException {
    DiskState state = of(null, null);
    assertThat(state.disk()).hasToString("now");
    assertThat(state.version()).isNull();
    assertThat(state.created()).isNull();
  }

  @Test
  void aSnapshotIsFoundByIdThenByName() throws IOException {
    assertThat(of("1", null).created()).isEqualTo(Instant.ofEpochSecond(1000));
    assertThat(of("b", null).created()).isNull();
    assertThat(of("c", null).version()).isEqualTo("b");
    assertThat(of("2", null).created()).isEqualTo(LATE);
  }

  @Test
  void aSnapshotThatTheImageAloneKnowsIsCalledAsItWasAskedFor() throws IOException {
    DiskState state = of("{B}", null);
    assertThat(state.disk()).hasToString("{B}");
    assertThat(state.version()).isEqualTo("{B}");
    assertThat(state.created()).isNull();
  }

  @Test
  void aTimeIsTheNewestSnapshotNotAfterIt() throws IOException {
    assertThat(of(null, 2_000_000_000L).version()).isEqualTo("2");
    assertThat(of(null, 1_999_999_999L).version()).isEqualTo("1");
    assertThatThrownBy(() -> of(null, 999_999_999L))
        .isInstanceOf(SnapshotNotFoundException.class)
        .hasMessageContaining("1970-01-01T00:16:39.999999Z");
  }
}
