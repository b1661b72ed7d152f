package io.diskimage.format.vhd;

import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import io.diskimage.format.check.Verdict;
import io.diskimage.format.oracle.write.ByteRange;
import io.diskimage.format.oracle.write.CreateCase;
import io.diskimage.format.oracle.write.Step;
import io.diskimage.format.oracle.write.WriterProfile;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** The format VHD as its writer is tested. */
public class VhdWriterProfile implements WriterProfile {
  private static final long KIB = 1024;
  private static final long MIB = KIB << 10;
  private static final long GIB = MIB << 10;
  private static final int BLOCK = 2 << 20;

  @Override
  public String format() {
    return "vpc";
  }

  @Override
  public CreateCase random(Random random) {
    if (random.nextInt(4) == 0) {
      return CreateCase.of(512L * (1 + random.nextInt(1000)), "subformat=fixed,force_size=on");
    }
    return CreateCase.of(
        512L * (1 + random.nextInt(16_000)), random.nextBoolean() ? "force_size=on" : "");
  }

  @Override
  public long clusterSize(CreateCase created) {
    return created.option("subformat", "dynamic").equals("fixed") ? 64 * KIB : BLOCK;
  }

  @Override
  public Set<Step.Kind> kinds(CreateCase created) {
    return EnumSet.complementOf(EnumSet.of(Step.Kind.COMPRESSED));
  }

  @Override
  public Set<Step.Kind> qemuKinds(CreateCase created) {
    return EnumSet.of(Step.Kind.WRITE, Step.Kind.ZEROES, Step.Kind.FLUSH);
  }

  @Override
  public boolean qemuChecks() {
    return false;
  }

  @Override
  public List<CreateCase> createMatrix() {
    List<CreateCase> cases = new ArrayList<>();
    for (long size :
        new long[] {
          0,
          1,
          512,
          34_817,
          MIB,
          10 * MIB,
          64 * MIB,
          143 * MIB,
          504 * MIB,
          31 * GIB,
          40 * GIB,
          127 * GIB,
          128 * GIB,
          2040 * GIB
        }) {
      for (String subformat : List.of("dynamic", "fixed")) {
        for (String force : List.of("off", "on")) {
          if (subformat.equals("fixed") && (size == 0 || size > GIB)) {
            continue; // QEMU cannot open the one, and the other takes long to compare.
          }
          cases.add(CreateCase.of(size, "subformat=" + subformat + ",force_size=" + force));
        }
      }
    }
    cases.add(CreateCase.of(MIB, "preallocation=full,subformat=fixed"));
    cases.add(CreateCase.of(MIB, ""));
    cases.add(CreateCase.of(MIB, "nocow=on,extent_size_hint=64k"));
    return cases;
  }

  @Override
  public List<CreateCase> refusedCases() {
    return List.of(
        CreateCase.of(MIB, "subformat=differencing"),
        CreateCase.of(MIB, "force_size=maybe"),
        CreateCase.of(MIB, "cluster_size=64k"),
        CreateCase.of(MIB, "preallocation=metadata"),
        CreateCase.of(2040 * GIB + 512, "subformat=dynamic"),
        CreateCase.of(2040 * GIB + 512, "force_size=on"),
        CreateCase.of(Long.MAX_VALUE, ""));
  }

  /** Time, checksum and identity, in the footer at both ends. */
  @Override
  public List<ByteRange> freeFields(CreateCase created, long fileLength) {
    List<ByteRange> fields = new ArrayList<>();
    boolean atStart = !created.option("subformat", "dynamic").equals("fixed");
    for (long footer : atStart ? new long[] {0, fileLength - 512} : new long[] {fileLength - 512}) {
      fields.add(new ByteRange(footer + 24, 4));
      fields.add(new ByteRange(footer + 64, 20));
    }
    return fields;
  }

  /** A disk that shrinks leaves holes where its last blocks were. */
  @Override
  public Verdict worstAfterWriting() {
    return Verdict.LEAKS;
  }

  /** Between the two footers' writes a disk that is resized has two sizes. */
  @Override
  public boolean isLeftByCrash(Finding finding, CheckReport report) {
    return finding.kind() == FindingKind.VHD_FOOTERS_DIFFER
        || finding.kind() == FindingKind.VHD_FOOTER_SIZES_DIFFER;
  }
}
