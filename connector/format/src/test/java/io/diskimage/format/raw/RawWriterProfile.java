package io.diskimage.format.raw;

import io.diskimage.format.oracle.write.CreateCase;
import io.diskimage.format.oracle.write.Step;
import io.diskimage.format.oracle.write.WriterProfile;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** The format raw as its writer is tested. */
public class RawWriterProfile implements WriterProfile {
  private static final int SECTOR = 512;

  @Override
  public String format() {
    return "raw";
  }

  @Override
  public CreateCase random(Random random) {
    return CreateCase.of(SECTOR * (1L + random.nextInt(1000)), "");
  }

  @Override
  public long clusterSize(CreateCase created) {
    return 4096;
  }

  @Override
  public Set<Step.Kind> kinds(CreateCase created) {
    return EnumSet.complementOf(EnumSet.of(Step.Kind.COMPRESSED));
  }

  @Override
  public Set<Step.Kind> qemuKinds(CreateCase created) {
    return kinds(created);
  }

  @Override
  public Discards discards(CreateCase created) {
    return Discards.BYTES;
  }

  @Override
  public boolean endsWithFile() {
    return true;
  }

  @Override
  public boolean qemuChecks() {
    return false;
  }

  @Override
  public List<CreateCase> createMatrix() {
    List<CreateCase> cases = new ArrayList<>();
    for (long size : new long[] {0, 1, 511, 512, 513, 1000, 70_001, 5 << 20}) {
      for (String mode : List.of("off", "falloc", "full")) {
        cases.add(CreateCase.of(size, "preallocation=" + mode));
      }
    }
    cases.add(CreateCase.of(64 << 20, ""));
    cases.add(CreateCase.of(512, "nocow=on,extent_size_hint=64k"));
    return cases;
  }

  @Override
  public List<CreateCase> refusedCases() {
    return List.of(
        CreateCase.of(512, "preallocation=metadata"),
        CreateCase.of(512, "preallocation=none"),
        CreateCase.of(512, "cluster_size=64k"),
        CreateCase.of(512, "backing_file=base"),
        CreateCase.of(512, "nocow=maybe"),
        CreateCase.of(512, "extent_size_hint=64kB"),
        CreateCase.of(Long.MAX_VALUE - 511, ""));
  }
}
