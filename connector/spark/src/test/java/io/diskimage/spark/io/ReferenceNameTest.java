package io.diskimage.spark.io;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.Reference;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where names lead to by rules alone; kinds decide whose rules. */
class ReferenceNameTest {
  private static final Path IMAGE = new Path("file:/vm/dc 1/child.img");

  private static ReferenceName name(String kind, String target) {
    return ReferenceName.of(IMAGE, new Reference(kind, target, null, null));
  }

  private static void assertResolved(ReferenceName name, String resolved) {
    Path path = name.resolved();
    assertThat(path == null ? null : path.toString()).isEqualTo(resolved);
  }

  @ParameterizedTest
  @CsvSource({
    "base.qcow2, file:/vm/dc 1/base.qcow2, false, false",
    "./sub//./base, file:/vm/dc 1/sub/base, false, false",
    "../base, file:/vm/base, false, true",
    "sub/../base, file:/vm/dc 1/base, false, true",
    "../../../../etc/passwd, file:/etc/passwd, false, true",
    "/etc/passwd, file:/etc/passwd, true, false",
    "//etc//passwd, file:/etc/passwd, true, false",
    "/vm/../dev/sda, file:/dev/sda, true, true",
    "'a %20b#?.img', 'file:/vm/dc 1/a %20b#?.img', false, false",
    "./a:b, file:/vm/dc 1/a:b, false, false",
    "a\\b, file:/vm/dc 1/a\\b, false, false",
    "., file:/vm/dc 1, false, false",
    "C:\\disks\\base.vhd, file:/vm/dc 1/base.vhd, true, false",
    "\\\\server\\share\\base.vhd, file:/vm/dc 1/base.vhd, true, false"
  })
  void qemuResolvesAgainstTheDirectoryOfTheImage(
      String target, String resolved, boolean absolute, boolean climbs) {
    ReferenceName name = name("backing file", target);
    assertResolved(name, resolved);
    assertThat(name.absolute()).isEqualTo(absolute);
    assertThat(name.climbs()).isEqualTo(climbs);
    assertThat(name.protocol()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "'json:{\"driver\":\"nbd\"}'",
    "nbd://host:10809/disk",
    "nbd+unix:///disk?socket=/run/x",
    "http://host/../base",
    "host_device:/dev/sda",
    "fat:rw:/etc",
    "file:/vm/base",
    "s3a://bucket/base",
    "C:base.vhd",
    "a:b"
  })
  void aProtocolLeadsToNoPath(String target) {
    for (String kind : new String[] {"backing file", "data file", "parent locator MacX"}) {
      ReferenceName name = name(kind, target);
      assertThat(name.protocol()).isTrue();
      assertResolved(name, null);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "W2ru, .\\base.vhd, file:/vm/dc 1/base.vhd, false, false",
    "W2ru, ..\\dc 2\\base.vhd, file:/vm/dc 2/base.vhd, false, true",
    "W2ru, base.vhd, file:/vm/dc 1/base.vhd, false, false",
    "W2ku, .\\base.vhd, file:/vm/dc 1/base.vhd, false, false",
    "W2ku, C:\\Users\\x\\base.vhd, file:/vm/dc 1/base.vhd, true, false",
    "W2ku, C:/Users/x/base.vhd, file:/vm/dc 1/base.vhd, true, false",
    "W2ku, C:\\Users\\..\\base.vhd, file:/vm/dc 1/base.vhd, true, true",
    "W2ku, \\\\server\\share\\base.vhd, file:/vm/dc 1/base.vhd, true, false",
    "W2ku, \\base.vhd, file:/vm/dc 1/base.vhd, true, false",
    "Wi2r, ..\\base.vhd, file:/vm/base.vhd, false, true",
    "Wi2k, C:\\Users\\x\\base.vhd, file:/vm/dc 1/base.vhd, true, false",
    "MacX, ./base.vhd, file:/vm/dc 1/base.vhd, false, false",
    "MacX, /Users/x/base.vhd, file:/Users/x/base.vhd, true, false",
    "MacX, a\\b.vhd, file:/vm/dc 1/a\\b.vhd, false, false"
  })
  void locatorsGoByTheRulesOfTheirSystem(
      String code, String target, String resolved, boolean absolute, boolean climbs) {
    ReferenceName name = name("parent locator " + code, target);
    assertResolved(name, resolved);
    assertThat(name.absolute()).isEqualTo(absolute);
    assertThat(name.climbs()).isEqualTo(climbs);
  }

  @ParameterizedTest
  @CsvSource({
    "base.vhd, false, false",
    "C:\\Users\\x\\base.vhd, true, false",
    "..\\other\\base.vhd, false, true",
    "/x/base.vhd, true, false",
    "sub/base.vhd, false, false"
  })
  void ofAParentsNameTheLastComponentIsLookedForBesideTheChild(
      String target, boolean absolute, boolean climbs) {
    ReferenceName name = name("parent name", target);
    assertResolved(name, "file:/vm/dc 1/base.vhd");
    assertThat(name.absolute()).isEqualTo(absolute);
    assertThat(name.climbs()).isEqualTo(climbs);
  }

  @ParameterizedTest
  @CsvSource({"''", "..", "C:\\", "C:\\a\\..", "\\\\"})
  void namesWithoutALastComponentLeadNowhere(String target) {
    assertResolved(name("parent name", target), null);
  }

  @Test
  void whatHasNoNameLeadsNowhere() {
    assertResolved(name("parent id", ""), null);
    assertResolved(name("parent locator Mac", ""), null);
    assertResolved(name("backing file", "a\0b"), null);
  }

  @Test
  void theTargetLiesInTheStoreOfTheImage() {
    Path image = new Path("hdfs://name:8020/vm/child.qcow2");
    Reference absolute = new Reference("backing file", "/base", null, null);
    Reference relative = new Reference("backing file", "../base", null, null);
    assertResolved(ReferenceName.of(image, absolute), "hdfs://name:8020/base");
    assertResolved(ReferenceName.of(image, relative), "hdfs://name:8020/base");
  }

  @Test
  void anyTextLeadsSomewhereOrNowhere() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    String[] kinds = {"backing file", "parent locator W2ku", "parent locator MacX", "parent name"};
    String characters = "..//\\\\::%2C #?{}\0\t\n\u007f\u0085\u2028\ud800\ufffdé𝄞";
    ChainRoots roots = new ChainRoots(List.of("file:/no/such/root"), new Configuration());
    for (int i = 0; i < 20_000; i++) {
      StringBuilder target = new StringBuilder();
      for (int length = random.nextInt(12); length > 0; length--) {
        target.append(characters.charAt(random.nextInt(characters.length())));
      }
      ReferenceName name = name(kinds[i % kinds.length], target.toString());
      Path resolved = name.resolved();
      if (resolved != null) {
        assertThat(resolved.toString()).as("seed %d", seed).startsWith("file:/");
        assertThat(List.of(resolved.toUri().getPath().split("/"))).doesNotContain("..", ".");
        assertThat(roots.look(name)).as("seed %d", seed).isEqualTo(Presence.OUTSIDE);
      }
    }
  }
}
