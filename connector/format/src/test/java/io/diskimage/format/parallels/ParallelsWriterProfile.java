package io.diskimage.format.parallels;

import io.diskimage.format.ImageTarget;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.WriteOptions;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import io.diskimage.format.check.Verdict;
import io.diskimage.format.oracle.QemuImg;
import io.diskimage.format.oracle.write.CreateCase;
import io.diskimage.format.oracle.write.Step;
import io.diskimage.format.oracle.write.WriterProfile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** The format Parallels as its writer is tested. */
public class ParallelsWriterProfile implements WriterProfile {
  private static final long MIB = 1 << 20;

  /** Little is made in advance, for files to grow often. */
  private static final WriteOptions OPTIONS =
      WriteOptions.DEFAULT.withOpen(
          OpenOptions.of(Purpose.WRITE).withFormatOptions(Map.of("prealloc-size", "96k")));

  @Override
  public String format() {
    return "parallels";
  }

  @Override
  public CreateCase random(Random random) {
    String cluster = List.of("512", "4k", "4608", "64k", "252k").get(random.nextInt(5));
    return CreateCase.of(512L * (1 + random.nextInt(1500)), "cluster_size=" + cluster);
  }

  @Override
  public long clusterSize(CreateCase created) {
    return switch (created.option("cluster_size", "1M")) {
      case "512" -> 512;
      case "4k" -> 4096;
      case "4608" -> 4608;
      case "64k" -> 64 << 10;
      case "252k" -> 252 << 10;
      default -> MIB;
    };
  }

  @Override
  public Set<Step.Kind> kinds(CreateCase created) {
    return EnumSet.complementOf(EnumSet.of(Step.Kind.COMPRESSED, Step.Kind.GROW, Step.Kind.SHRINK));
  }

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
    for (long size : new long[] {0, 1, 511, 1000, 200 << 10, 10 * MIB, 5 * MIB + 700}) {
      for (String cluster : List.of("512", "1", "4097", "64k", "1M", "252k", "7.5M")) {
        cases.add(CreateCase.of(size, "cluster_size=" + cluster));
      }
    }
    cases.add(CreateCase.of(MIB << 20, ""));
    cases.add(CreateCase.of(MIB, "nocow=on,extent_size_hint=64k"));
    cases.add(CreateCase.of(MIB, "preallocation=full"));
    return cases;
  }

  @Override
  public List<CreateCase> refusedCases() {
    return List.of(
        CreateCase.of(MIB, "cluster_size=2147483647"),
        CreateCase.of(MIB, "cluster_size=0"),
        CreateCase.of(MIB << 22, "cluster_size=512"),
        CreateCase.of(Long.MAX_VALUE, ""),
        CreateCase.of(MIB, "cluster_size=64kB"),
        CreateCase.of(MIB, "backing_file=base"),
        CreateCase.of(MIB, "preallocation=metadata"));
  }

  /** Clusters that were given up stay in the file where others follow them. */
  @Override
  public Verdict worstAfterWriting() {
    return Verdict.LEAKS;
  }

  /**
   * QEMU 7.2 takes the header's second cluster and those after it for leaks where no cluster is in
   * use, in its own fresh images, too (parallels.md section 7.2).
   */
  @Override
  public boolean isSound(QemuImg.Check check, CreateCase created) {
    if (check.exitCode() != 3 || check.json().has("allocated-clusters")) {
      return WriterProfile.super.isSound(check, created);
    }
    long entries = check.json().get("total-clusters").asLong();
    long lastOfHeader = ParallelsHeader.BYTES + entries * BlockTable.ENTRY_BYTES - 1;
    return check.json().get("leaks").asLong() == lastOfHeader / clusterSize(created);
  }

  @Override
  public boolean isLeftByCrash(Finding finding, CheckReport report) {
    return finding.kind() == FindingKind.PARALLELS_UNCLEAN;
  }

  @Override
  public boolean isSoundAfterCrash(QemuImg.Check check) {
    return WriterProfile.super.isSoundAfterCrash(check)
        || check
            .messages()
            .lines()
            .allMatch(line -> line.contains("not closed correctly") || line.contains("leaked"));
  }

  /** How an image is written. */
  protected WriteOptions options(CreateCase created) throws IOException {
    return OPTIONS;
  }

  @Override
  public WritableDiskImage create(ImageTarget target, CreateCase created, Path directory)
      throws IOException {
    return driver().create(target, created.createOptions().withWriting(options(created)));
  }

  /** An image in use is not written: whoever repairs it takes the mark back. */
  @Override
  public WritableDiskImage openForWriting(ImageTarget target, CreateCase created, Path directory)
      throws IOException {
    byte[] mark = new byte[4];
    target.readPadded(ParallelsHeader.IN_USE_AT, mark, 0, mark.length);
    if (mark[0] != 0) {
      target.write(ParallelsHeader.IN_USE_AT, new byte[4], 0, 4);
    }
    return driver().openForWriting(target, options(created));
  }
}
