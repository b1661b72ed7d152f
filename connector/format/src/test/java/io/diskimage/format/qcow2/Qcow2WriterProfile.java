package io.diskimage.format.qcow2;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.CreateOptions;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageInput;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.PassphraseSource;
import io.diskimage.format.Purpose;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.WriteOptions;
import io.diskimage.format.crypt.NewLuksVolume;
import io.diskimage.format.oracle.QemuImg;
import io.diskimage.format.oracle.write.ByteRange;
import io.diskimage.format.oracle.write.CreateCase;
import io.diskimage.format.oracle.write.MemoryTarget;
import io.diskimage.format.oracle.write.Step;
import io.diskimage.format.oracle.write.WriterProfile;
import io.diskimage.format.write.FormatOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** The format qcow2 as its writer is tested: all options that images are created with. */
public final class Qcow2WriterProfile implements WriterProfile {
  /** Clusters of which a refcount block does not count a LUKS header area. */
  private static final long SMALL = 4096;

  private static final long SECTOR = 512;
  private static final long PAIR_SIZE = 2_000_000 & -SECTOR;
  private static final String KEY = "encrypt.key-secret";
  private static final List<String> SNAPSHOTS = List.of("first", "second");
  private static final PassphraseSource PASSPHRASES =
      (image, uuid) -> QemuImg.PASSPHRASE.getBytes(StandardCharsets.UTF_8);

  @Override
  public String format() {
    return "qcow2";
  }

  @Override
  public CreateCase random(Random random) {
    Map<String, String> options = new TreeMap<>();
    boolean v2 = random.nextInt(5) == 0;
    int clusterBits = random.nextInt(5) == 0 ? 16 : 9 + random.nextInt(4);
    if (v2) {
      options.put("compat", "0.10");
    } else {
      if (random.nextInt(3) == 0) {
        options.put("extended_l2", "on");
        clusterBits = 14 + random.nextInt(3);
      }
      options.put("refcount_bits", String.valueOf(1 << random.nextInt(7)));
      if (random.nextInt(4) == 0) {
        options.put("lazy_refcounts", "on");
      }
      if (random.nextInt(3) == 0) {
        options.put("compression_type", "zstd");
      }
    }
    if (random.nextInt(5) == 0) {
      options.put("preallocation", random.nextBoolean() ? "metadata" : "falloc");
    } else if (random.nextInt(5) == 0) {
      // Space that was only reserved does not read as zero where it is decrypted.
      options.put("encrypt.format", "aes");
      options.put(KEY, "key");
    }
    options.put("cluster_size", String.valueOf(1 << clusterBits));
    long clusters = 1L + random.nextInt(clusterBits > 12 ? 12 : 150);
    long size = (clusters << clusterBits) - SECTOR * random.nextInt(1 << (clusterBits - 9));
    return new CreateCase(size, options);
  }

  @Override
  public long clusterSize(CreateCase created) {
    return Long.parseLong(created.option("cluster_size", "65536"));
  }

  private static boolean isEncrypted(CreateCase created) {
    return created.options().containsKey(KEY);
  }

  @Override
  public Set<Step.Kind> kinds(CreateCase created) {
    Set<Step.Kind> kinds = WriterProfile.allKinds();
    if (isEncrypted(created)) {
      kinds.remove(Step.Kind.COMPRESSED);
    }
    if (created.options().containsKey("compat") && mayHaveSnapshots(created)) {
      kinds.removeAll(List.of(Step.Kind.GROW, Step.Kind.SHRINK));
    }
    return kinds;
  }

  /**
   * What a disk that was cut shows when it grows again is not the same with QEMU, and it compresses
   * no cluster that has a place.
   */
  @Override
  public Set<Step.Kind> qemuKinds(CreateCase created) {
    Set<Step.Kind> kinds = EnumSet.copyOf(kinds(created));
    kinds.remove(Step.Kind.SHRINK);
    if (created.options().containsKey("preallocation")) {
      kinds.remove(Step.Kind.COMPRESSED);
    }
    return kinds;
  }

  @Override
  public Discards discards(CreateCase created) {
    return Discards.MAYBE;
  }

  @Override
  public List<CreateCase> createMatrix() {
    List<CreateCase> cases = new ArrayList<>();
    for (long size : new long[] {0, 1, 512, 70_001, 5 << 20, 64 << 20, 1L << 36}) {
      for (String options : List.of("", "compat=0.10", "lazy_refcounts=on", "extended_l2=on")) {
        cases.add(CreateCase.of(size, options));
      }
    }
    for (String cluster : List.of("512", "1k", "4k", "16k", "2M")) {
      for (String bits : List.of("1", "2", "4", "8", "16", "32", "64")) {
        for (String mode : List.of("off", "metadata", "falloc", "full")) {
          String options =
              "cluster_size=" + cluster + ",refcount_bits=" + bits + ",preallocation=" + mode;
          cases.add(CreateCase.of(3_000_000, options));
        }
      }
    }
    for (String mode : List.of("off", "metadata", "falloc", "full")) {
      cases.add(CreateCase.of(64 << 20, "preallocation=" + mode));
      cases.add(CreateCase.of(9 << 20, "cluster_size=512,preallocation=" + mode));
      cases.add(CreateCase.of(600 << 20, "cluster_size=64k,preallocation=" + mode));
      cases.add(CreateCase.of(20 << 20, "compat=0.10,preallocation=" + mode));
      cases.add(CreateCase.of(20 << 20, "extended_l2=on,cluster_size=16k,preallocation=" + mode));
      cases.add(CreateCase.of(70_001, "extended_l2=on,cluster_size=16k,preallocation=" + mode));
      cases.add(CreateCase.of(70_001, "extended_l2=on,preallocation=" + mode));
      cases.add(
          CreateCase.of(
              5 << 20, "encrypt.format=aes,encrypt.key-secret=key,preallocation=" + mode));
    }
    String luks = "encrypt.format=luks,encrypt.iter-time=10,encrypt.key-secret=key";
    cases.add(CreateCase.of(5 << 20, luks + ",preallocation=metadata"));
    cases.add(CreateCase.of(1L << 51, ""));
    cases.add(CreateCase.of(64 << 20, "compression_type=zstd"));
    cases.add(CreateCase.of(5 << 20, "nocow=on,extent_size_hint=64k"));
    cases.add(CreateCase.of(64 << 20, "compat=v2,encryption=on,encrypt.key-secret=key"));
    return cases;
  }

  /** What may stand in the options of a case together with any other one of these. */
  private static List<String> settings(Path directory) {
    String luks = "encrypt.format=luks,encrypt.key-secret=key";
    return List.of(
        "compat=0.10",
        "compat=v3",
        "compat=2",
        "cluster_size=512",
        "cluster_size=8k",
        "cluster_size=16k",
        "cluster_size=2M",
        "cluster_size=0",
        "cluster_size=1.5k",
        "refcount_bits=1",
        "refcount_bits=0x40",
        "refcount_bits=010",
        "refcount_bits=016",
        "refcount_bits=0",
        "lazy_refcounts=on",
        "lazy_refcounts=off",
        "extended_l2=on",
        "compression_type=zlib",
        "compression_type=zstd",
        "data_file=" + directory.resolve("data"),
        "data_file=" + directory.resolve("data") + ",data_file_raw=on",
        "data_file_raw=on",
        "backing_file=" + directory.resolve("base") + ",backing_fmt=raw",
        "backing_file=" + directory.resolve("base"),
        "backing_fmt=raw",
        "preallocation=off",
        "preallocation=metadata",
        "preallocation=falloc",
        "preallocation=full",
        "encryption=on,encrypt.key-secret=key",
        "encryption=off",
        "encrypt.format=aes,encrypt.key-secret=key",
        luks + ",encrypt.iter-time=10",
        luks + ",encrypt.iter-time=0",
        "encrypt.format=LUKS,encrypt.key-secret=key",
        "encrypt.cipher-alg=aes-128",
        "encrypt.cipher-mode=cbc",
        "encrypt.ivgen-alg=essiv",
        "encrypt.ivgen-hash-alg=sha1",
        "encrypt.hash-alg=md5",
        "encrypt.iter-time=20",
        "encrypt.iter-time=long");
  }

  @Override
  public List<CreateCase> optionPairs(Path directory) throws IOException {
    Files.write(directory.resolve("base"), new byte[(int) PAIR_SIZE]);
    List<CreateCase> single =
        settings(directory).stream().map(each -> CreateCase.of(PAIR_SIZE, each)).toList();
    List<CreateCase> pairs = new ArrayList<>(single);
    for (CreateCase one : single) {
      for (CreateCase other : single.subList(single.indexOf(one) + 1, single.size())) {
        if (Collections.disjoint(one.options().keySet(), other.options().keySet())) {
          Map<String, String> both = new TreeMap<>(one.options());
          both.putAll(other.options());
          pairs.add(new CreateCase(PAIR_SIZE, both));
        }
      }
    }
    return pairs;
  }

  /** The LUKS header area, which is last but for the counts that small clusters need for it. */
  @Override
  public List<ByteRange> freeFields(CreateCase created, long fileLength) {
    if (!created.option("encrypt.format", "").equals("luks")) {
      return List.of();
    }
    long clusterSize = FormatOptions.of(created.createOptions()).size("cluster_size", 65536);
    if (clusterSize < SMALL) {
      return List.of(new ByteRange(clusterSize, (int) (fileLength - clusterSize)));
    }
    long length = NewLuksVolume.of(FormatOptions.of(created.createOptions())).length();
    long area = (length + clusterSize - 1) & -clusterSize;
    return List.of(new ByteRange(fileLength - area, (int) area));
  }

  @Override
  public List<CreateCase> refusedCases() {
    return List.of(
        CreateCase.of(512, "cluster_size=256"),
        CreateCase.of(512, "cluster_size=3000"),
        CreateCase.of(512, "cluster_size=4M"),
        CreateCase.of(512, "cluster_size=big"),
        CreateCase.of(512, "refcount_bits=3"),
        CreateCase.of(512, "refcount_bits=many"),
        CreateCase.of(512, "refcount_bits=128"),
        CreateCase.of(512, "refcount_bits=8,compat=0.10"),
        CreateCase.of(512, "lazy_refcounts=on,compat=0.10"),
        CreateCase.of(512, "lazy_refcounts=maybe"),
        CreateCase.of(512, "extended_l2=on,compat=v2"),
        CreateCase.of(512, "extended_l2=on,cluster_size=8k"),
        CreateCase.of(512, "compression_type=zstd,compat=v2"),
        CreateCase.of(512, "compression_type=lzma"),
        CreateCase.of(512, "compat=3"),
        CreateCase.of(512, "data_file=x,compat=v2"),
        CreateCase.of(512, "data_file_raw=on"),
        CreateCase.of(512, "preallocation=some"),
        CreateCase.of(512, "backing_fmt=raw"),
        CreateCase.of(512, "encrypt.format=rot13"),
        CreateCase.of(512, "encrypt.format=LUKS"),
        CreateCase.of(512, "encrypt.cipher-alg=aes-256"),
        CreateCase.of(512, "encrypt.format=aes,encrypt.iter-time=10"),
        CreateCase.of(512, "encrypt.format=luks,encrypt.iter-time=soon"),
        CreateCase.of(512, "encrypt.format=luks,encryption=on"),
        CreateCase.of(512, "encryption=on,encrypt.hash-alg=sha256"),
        CreateCase.of(512, "backing_file=,backing_fmt=raw"),
        CreateCase.of(512, "backing_fmt="),
        CreateCase.of(512, "data_file="),
        CreateCase.of(512, "colour=blue"),
        CreateCase.of(1L << 52, ""));
  }

  /** Version 2 with snapshots keeps its size; 1 bit has no room for a second use of a cluster. */
  private static boolean mayHaveSnapshots(CreateCase created) {
    boolean v2 = created.option("compat", "1.1").equals("0.10");
    return !created.option("refcount_bits", "16").equals("1")
        && (!v2 || created.size() % (2 * SECTOR) == 0);
  }

  @Override
  public boolean prepare(Path image, CreateCase created, Random random) throws IOException {
    if (!mayHaveSnapshots(created) || random.nextBoolean()) {
      return false;
    }
    for (String name : SNAPSHOTS) {
      List<String> commands = new ArrayList<>();
      for (int i = 1 + random.nextInt(4); i > 0; i--) {
        long offset = random.nextLong(created.size()) & -SECTOR;
        long length =
            Math.min(created.size() - offset, SECTOR * (1 + random.nextLong(300))) & -SECTOR;
        if (length > 0) {
          commands.add("write -q -P " + (1 + random.nextInt(250)) + " " + offset + " " + length);
        }
      }
      commands.add("discard -q 0 " + Math.min(clusterSize(created), created.size() & -SECTOR));
      QemuImg.io(qemuArguments(image, created), commands);
      snapshot(image, created, "-c", name);
      convert(image, created, kept(image, name));
    }
    return true;
  }

  private void snapshot(Path image, CreateCase created, String... what) {
    List<String> command = new ArrayList<>(List.of("snapshot"));
    command.addAll(List.of(what));
    command.addAll(
        isEncrypted(created) ? qemuArguments(image, created) : List.of(image.toString()));
    QemuImg.run(command.toArray(String[]::new));
  }

  private void convert(Path image, CreateCase created, Path to) {
    List<String> command = new ArrayList<>(List.of("convert", "-O", "raw"));
    command.addAll(qemuArguments(image, created));
    command.add(to.toString());
    QemuImg.run(command.toArray(String[]::new));
  }

  private static Path kept(Path image, String snapshot) {
    return image.resolveSibling("snapshot-" + snapshot + ".raw");
  }

  /**
   * Goes back to each snapshot: read from outside, they have the size of the disk as it is. Without
   * the other one, as counts of 2 bits have no room for one use more.
   */
  @Override
  public void requirePrepared(Path image, CreateCase created) throws IOException {
    for (String name : SNAPSHOTS) {
      Path reverted = image.resolveSibling("reverted.qcow2");
      Files.copy(image, reverted, StandardCopyOption.REPLACE_EXISTING);
      snapshot(reverted, created, "-d", SNAPSHOTS.get(1 - SNAPSHOTS.indexOf(name)));
      snapshot(reverted, created, "-a", name);
      Path now = image.resolveSibling("snapshot-now.raw");
      convert(reverted, created, now);
      assertThat(Files.mismatch(now, kept(image, name)))
          .as("snapshot %s of %s", name, created)
          .isEqualTo(-1);
    }
  }

  @Override
  public List<String> qemuArguments(Path image, CreateCase created) {
    return QemuImg.anyImage(format(), image);
  }

  @Override
  public WritableDiskImage create(ImageTarget target, CreateCase created, Path directory)
      throws IOException {
    Map<String, String> options = new TreeMap<>(created.options());
    options.remove(KEY);
    CreateOptions create =
        new CreateCase(created.size(), options).createOptions().withWriting(writing(created));
    return driver().create(target, create);
  }

  private static WriteOptions writing(CreateCase created) {
    return WriteOptions.DEFAULT.withOpen(reading(created));
  }

  private static OpenOptions reading(CreateCase created) {
    OpenOptions options =
        OpenOptions.of(Purpose.READ).withReferences((image, reference) -> new MemoryTarget());
    return isEncrypted(created) ? options.withPassphrases(PASSPHRASES) : options;
  }

  @Override
  public WritableDiskImage openForWriting(ImageTarget target, CreateCase created, Path directory)
      throws IOException {
    return driver().openForWriting(target, writing(created));
  }

  @Override
  public DiskImage open(ImageInput input, CreateCase created, Path directory) throws IOException {
    return driver().open(input, reading(created));
  }
}
