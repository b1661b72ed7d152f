package io.diskimage.format.vdi;

import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import io.diskimage.format.oracle.QemuImg;
import io.diskimage.format.oracle.write.ByteRange;
import io.diskimage.format.oracle.write.CreateCase;
import io.diskimage.format.oracle.write.Step;
import io.diskimage.format.oracle.write.WriterProfile;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** The format VDI as its writer is tested. */
public class VdiWriterProfile implements WriterProfile {
  private static final long MIB = VdiBytes.MIB;

  @Override
  public String format() {
    return "vdi";
  }

  @Override
  public CreateCase random(Random random) {
    long size =
        random.nextBoolean() ? MIB * (1 + random.nextInt(4)) : 512L * (1 + random.nextInt(9000));
    return CreateCase.of(size, random.nextInt(4) == 0 ? "static=on" : "");
  }

  @Override
  public long clusterSize(CreateCase created) {
    return MIB;
  }

  @Override
  public Set<Step.Kind> kinds(CreateCase created) {
    return EnumSet.complementOf(EnumSet.of(Step.Kind.COMPRESSED));
  }

  /** QEMU neither gives up blocks nor resizes the disk. */
  @Override
  public Set<Step.Kind> qemuKinds(CreateCase created) {
    return EnumSet.of(Step.Kind.WRITE, Step.Kind.ZEROES, Step.Kind.FLUSH);
  }

  @Override
  public Discards discards(CreateCase created) {
    return Discards.WHOLE_CLUSTERS;
  }

  @Override
  public List<CreateCase> createMatrix() {
    List<CreateCase> cases = new ArrayList<>();
    for (long size : new long[] {0, 1, 511, MIB, 128 * MIB, 129 * MIB, 5 * MIB + 700}) {
      for (String isStatic : List.of("off", "on")) {
        for (String mode : List.of("off", "falloc", "full")) {
          cases.add(CreateCase.of(size, "static=" + isStatic + ",preallocation=" + mode));
        }
      }
    }
    cases.add(CreateCase.of(10 * MIB, ""));
    cases.add(CreateCase.of(MIB << 20, ""));
    cases.add(CreateCase.of(MIB, "nocow=on,extent_size_hint=64k"));
    return cases;
  }

  @Override
  public List<CreateCase> refusedCases() {
    return List.of(
        CreateCase.of(MIB, "cluster_size=64k"),
        CreateCase.of(MIB, "backing_file=base"),
        CreateCase.of(MIB, "static=maybe"),
        CreateCase.of(MIB, "nocow=maybe"),
        CreateCase.of(MIB, "extent_size_hint=4294967296"),
        CreateCase.of(MIB, "preallocation=metadata"),
        CreateCase.of(MIB, "preallocation=none"),
        CreateCase.of(0x1fffff8000001L, "static=off"),
        CreateCase.of(Long.MAX_VALUE, ""));
  }

  /** Both UUIDs. */
  @Override
  public List<ByteRange> freeFields(CreateCase created, long fileLength) {
    return List.of(new ByteRange(0x188, 32));
  }

  /**
   * The count comes before the map (vdi.md section 5), so that it is too high where the map did not
   * follow; too low it is never.
   */
  @Override
  public boolean isLeftByCrash(Finding finding, CheckReport report) {
    boolean tooHigh =
        finding.kind() == FindingKind.VDI_ALLOCATED_COUNT
            && Long.parseLong(finding.actual()) > Long.parseLong(finding.expected());
    return tooHigh
        || finding.kind() == FindingKind.VDI_HEADER_CONTRADICTION
        || finding.kind() == FindingKind.VDI_STATIC_NOT_LINEAR;
  }

  @Override
  public boolean isSoundAfterCrash(QemuImg.Check check) {
    return WriterProfile.super.isSoundAfterCrash(check)
        || check.messages().lines().allMatch(line -> line.contains("allocated blocks mismatch"));
  }
}
