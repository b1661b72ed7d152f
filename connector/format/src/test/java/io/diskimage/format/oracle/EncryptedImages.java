package io.diskimage.format.oracle;

import io.diskimage.format.oracle.ImageRecipe.Step;
import java.util.List;
import java.util.Random;

/**
 * The encrypted images of the matrix: every way that {@code qemu-img} can encrypt in and the JDK
 * can decrypt, on clusters of every size.
 */
final class EncryptedImages extends ImageFamily {
  private static final List<String> CLUSTERS = List.of("64k", "512", "4k", "2M", "32k", "1M");

  EncryptedImages(long seed) {
    super(seed);
    aes();
    luks();
    luksOfOldOrRareKinds();
    subclusters();
  }

  private void aes() {
    for (String version : List.of("v2", "v3")) {
      for (String cluster : CLUSTERS) {
        for (int snapshots = 0; snapshots <= 1; snapshots++) {
          image(
              "qcow2-aes-" + version + "-" + cluster + "-" + snapshots,
              cluster,
              "encrypt.key-secret=key,encrypt.format=aes,compat=" + version,
              snapshots);
        }
      }
    }
  }

  private void luks() {
    for (String cipher : List.of("aes-128", "aes-256")) {
      for (String mode : List.of("xts", "cbc")) {
        for (String vectors : List.of("plain64", "essiv")) {
          for (String hash : List.of("sha1", "sha256", "sha512")) {
            luks(cipher, mode, vectors, "sha256", hash, "");
          }
        }
      }
    }
  }

  /**
   * QEMU 7.2 does not come to its end with the 24 bytes of AES-192 but in XTS; a vector's hash has
   * to be as long as a key.
   */
  private void luksOfOldOrRareKinds() {
    luks("aes-192", "xts", "plain64", "sha256", "sha224", "");
    luks("aes-192", "xts", "essiv", "md5", "sha384", "");
    luks("aes-128", "xts", "plain", "sha256", "md5", "");
    luks("aes-256", "cbc", "plain", "sha256", "sha1", ",compat=v2");
    luks("aes-128", "cbc", "essiv", "md5", "sha256", ",compression_type=zstd");
    for (String vectors : List.of("plain", "plain64", "essiv")) {
      luks("aes-256", "ctr", vectors, "sha256", "sha256", "");
    }
    luks("aes-128", "ctr", "essiv", "md5", "sha512", ",lazy_refcounts=on");
    luks("aes-128", "ecb", "plain64", "sha256", "sha256", ",compat=v2");
    luks("aes-256", "ecb", "plain", "sha256", "sha1", "");
    luks("aes-256", "xts", "plain64", "sha256", "sha256", ",preallocation=metadata");
    luks("aes-256", "xts", "plain64", "sha256", "sha256", ",preallocation=falloc");
    luks("aes-256", "xts", "plain64", "sha256", "sha256", ",compat=v2");
  }

  /** Subclusters are encrypted as clusters are. */
  private void subclusters() {
    for (String cluster : List.of("16k", "64k", "1M")) {
      for (String kind : List.of("aes", "luks,encrypt.iter-time=10")) {
        image(
            "qcow2-subclusters-" + kind.replaceFirst(",.*", "") + "-" + cluster,
            cluster,
            "extended_l2=on,encrypt.key-secret=key,encrypt.format=" + kind,
            1);
      }
    }
  }

  private void luks(
      String cipher, String mode, String vectors, String vectorHash, String hash, String more) {
    int number = recipes().size();
    image(
        String.join("-", "qcow2-luks", cipher, mode, vectors, vectorHash, hash)
            + more.replaceAll("[,=]", "-"),
        CLUSTERS.get(number % CLUSTERS.size()),
        String.join(
                ",",
                "encrypt.key-secret=key",
                "encrypt.format=luks",
                "encrypt.iter-time=10",
                "encrypt.cipher-alg=" + cipher,
                "encrypt.cipher-mode=" + mode,
                "encrypt.ivgen-alg=" + vectors,
                "encrypt.ivgen-hash-alg=" + vectorHash,
                "encrypt.hash-alg=" + hash)
            + more,
        number / 2 % 2);
  }

  private void image(String name, String cluster, String options, int snapshots) {
    Random random = random(name);
    long clusterSize = bytes(cluster);
    long size = oddSize(random, clusterSize);
    // Preallocated clusters have entries from the start, which compressed writes are refused on.
    boolean compresses = !options.contains("preallocation");
    List<Step> steps =
        history(random, writes(random, clusterSize, compresses), size, snapshots, false);
    add(name, "qcow2", "cluster_size=" + cluster + "," + options, size, null, steps);
  }
}
