package io.diskimage.format.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.ImageChangedException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class CheckRunTest {
  private final BytesImageInput input = new BytesImageInput("a.img", new byte[512]);
  private final CheckOptions options = CheckOptions.of(CheckLevel.METADATA);

  private static Finding.Draft leak(long at) {
    return Finding.of(FindingKind.QCOW2_LEAKED_CLUSTER)
        .host(at, 512)
        .values(0, 1)
        .reclaims(512)
        .says("Leaked cluster %d", at / 512);
  }

  @Test
  void joinsEqualFindingsThatLieSideBySide() {
    CheckRun run = new CheckRun(input, options);
    run.find(leak(512));
    run.find(Finding.of(FindingKind.QCOW2_DIRTY).says("dirty"));
    run.find(leak(1024));
    run.find(leak(4096));

    CheckReport report = run.report("qcow2", true);

    assertThat(report.findings())
        .extracting(Finding::kind, Finding::hostOffset, Finding::hostLength, Finding::count)
        .containsExactly(
            tuple(FindingKind.QCOW2_LEAKED_CLUSTER, 512L, 1024L, 2L),
            tuple(FindingKind.QCOW2_DIRTY, null, null, 1L),
            tuple(FindingKind.QCOW2_LEAKED_CLUSTER, 4096L, 512L, 1L));
    assertThat(report.findings().get(0).message())
        .isEqualTo("Leaked cluster 1 (and 1 more like it behind it)");
    assertThat(report.counters().leaks()).isEqualTo(3);
    assertThat(report.reclaimableBytes()).isEqualTo(1536);
    assertThat(report.verdict()).isEqualTo(Verdict.LEAKS);
  }

  @Test
  void countsWhatItDoesNotList() {
    CheckRun run = new CheckRun(input, options.withMaxFindings(2));
    for (long at = 0; at < 10; at++) {
      run.find(leak(at * 4096));
    }

    CheckReport report = run.report("qcow2", true);

    assertThat(report.findings()).extracting(Finding::count).containsExactly(1L, 1L, 8L);
    assertThat(report.findings().get(2).hostOffset()).isNull();
    assertThat(report.counters().leaks()).isEqualTo(10);
  }

  @Test
  void goesOnBehindAPartThatFails() throws IOException {
    CheckRun run = new CheckRun(input, options);
    run.part(
        "tables",
        () -> {
          run.part(
              "l1",
              () -> {
                throw new IOException("bad sector");
              });
          run.part("l2", () -> run.find(leak(0)));
        });

    CheckReport report = run.report("qcow2", true);

    PartReport tables = report.root().parts().get(0);
    assertThat(tables.parts()).extracting(PartReport::name).containsExactly("l1", "l2");
    assertThat(tables.parts().get(0).error()).hasMessage("bad sector");
    assertThat(report.findings())
        .extracting(Finding::part, Finding::kind)
        .containsExactly(
            tuple("tables/l1", FindingKind.PART_UNREADABLE),
            tuple("tables/l2", FindingKind.QCOW2_LEAKED_CLUSTER));
    assertThat(report.counters().checkErrors()).isEqualTo(1);
    assertThat(report.verdict()).isEqualTo(Verdict.UNREADABLE);
  }

  @Test
  void endsWhenTheFileChanges() {
    CheckRun run = new CheckRun(input, options);
    ImageChangedException change = new ImageChangedException("a.img", 0, "changed while reading");
    assertThatThrownBy(
            () ->
                run.part(
                    "tables",
                    () -> {
                      throw change;
                    }))
        .isSameAs(change);
    assertThat(run.refused("qcow2", change).verdict()).isEqualTo(Verdict.UNSTABLE);
  }

  @Test
  void saysNothingElseOfAFileThatChanged() {
    CheckRun run = new CheckRun(input, options);
    run.find(leak(0));
    run.find(Finding.of(FindingKind.QCOW2_L1_UNALIGNED).says("of no state it ever had"));

    CheckReport report =
        run.refused("qcow2", new ImageChangedException("a.img", 0, "changed while reading"));

    assertThat(report.findings())
        .extracting(Finding::kind, Finding::message)
        .containsExactly(tuple(FindingKind.IMAGE_CHANGED, "changed while reading"));
    assertThat(report.counters()).isNull();
    assertThat(report.reclaimableBytes()).isZero();
    assertThat(report.verdict()).isEqualTo(Verdict.UNSTABLE);
  }

  @Test
  void countsApartWhatQemuDoesNotLookFor() {
    CheckRun run = new CheckRun(input, options);
    run.find(Finding.of(FindingKind.VDI_TAIL_LEAK).times(3).says("tail"));
    run.find(Finding.of(FindingKind.VDI_BLOCK_BEHIND_EOF).says("behind"));

    CheckReport report = run.report("vdi", true);

    assertThat(report.counters().leaks()).isZero();
    assertThat(report.counters().beyondLeaks()).isEqualTo(3);
    assertThat(report.counters().corruptions()).isZero();
    assertThat(report.counters().beyondCorruptions()).isEqualTo(1);
    assertThat(report.verdict()).isEqualTo(Verdict.CORRUPT);
  }

  @Test
  void tellsProgressAndHearsCancellation() throws IOException {
    List<String> heard = new ArrayList<>();
    CheckRun run =
        new CheckRun(
            input,
            options.withProgress(
                (part, done, total) -> heard.add(part + " " + done + "/" + total)));
    run.part("tables", () -> run.progress(1, 2));
    assertThat(heard).containsExactly("tables 1/2");

    CheckRun cancelled = new CheckRun(input, options.withCancelled(() -> true));
    assertThatThrownBy(() -> cancelled.progress(0, 1)).isInstanceOf(CancellationException.class);
  }

  @Test
  void stopsAtTheFirstSeriousFindingWhenToldTo() {
    CheckRun run = new CheckRun(input, options.withFailFast());
    run.find(leak(0));
    assertThatThrownBy(() -> run.find(Finding.of(FindingKind.QCOW2_L1_UNALIGNED)))
        .isInstanceOf(CheckRun.Stop.class);
    assertThat(run.report("qcow2", false).verdict()).isEqualTo(Verdict.CORRUPT);
  }
}
