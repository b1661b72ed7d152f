package io.diskimage.format.qcow2;

import io.diskimage.format.Bytes;
import io.diskimage.format.CreateOptions;
import io.diskimage.format.ImageInput;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.WriteOptions;
import io.diskimage.format.crypt.VolumeKey;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * Creates an image as {@code qemu-img create} lays it out (qcow2.md section 6.2): an empty one,
 * which then grows to its size, is preallocated, and at last encrypted.
 */
final class Qcow2Creator {
  private final ImageTarget target;
  private final CreateOptions options;
  private final Qcow2Options format;
  private final WriteOptions writing;

  private Qcow2Creator(ImageTarget target, CreateOptions options) {
    this.target = target;
    this.options = options;
    this.format = Qcow2Options.of(options);
    this.writing = Qcow2Writer.strict(options.writing());
  }

  static WritableDiskImage create(ImageTarget target, CreateOptions options) throws IOException {
    return new Qcow2Creator(target, options).create();
  }

  private WritableDiskImage create() throws IOException {
    byte[] passphrase = passphrase();
    try {
      writeEmpty();
      Qcow2Contents contents = Qcow2Contents.read(target, writing.open());
      List<ImageInput> inputs =
          DataFile.inputs(target, contents.header(), contents.extensions(), writing.open());
      boolean created = false;
      try {
        Qcow2Writer image = filled(contents, inputs);
        if (format.cryptMethod() != Qcow2Header.CRYPT_NONE) {
          image = encrypted(image, inputs, passphrase);
        }
        created = true;
        return image;
      } finally {
        if (!created && inputs.size() > DataFile.INPUT) {
          inputs.get(DataFile.INPUT).close();
        }
      }
    } finally {
      Arrays.fill(passphrase, (byte) 0);
    }
  }

  /** Before anything is written, since without one nothing shall be. */
  private byte[] passphrase() throws IOException {
    if (format.cryptMethod() == Qcow2Header.CRYPT_NONE) {
      return new byte[0];
    }
    return GuestKey.passphrase(target, null, writing.open());
  }

  /** A disk of no bytes: header, refcount table, and its block. */
  private void writeEmpty() throws IOException {
    Qcow2Header header = format.header();
    byte[] first = headerCluster(header, null);
    byte[] table = new byte[header.clusterSize()];
    Bytes.putU64be(table, 0, 2L * header.clusterSize());
    byte[] block = new byte[header.clusterSize()];
    RefcountWidth width = new RefcountWidth(format.refcountOrder());
    for (int cluster = 0; cluster < 3; cluster++) {
      width.set(block, cluster, 1);
    }
    target.setLength(0);
    target.write(0, first, 0, first.length);
    target.write(header.clusterSize(), table, 0, table.length);
    target.write(2L * header.clusterSize(), block, 0, block.length);
    target.flush();
  }

  private byte[] headerCluster(Qcow2Header header, HeaderCluster.EncryptionArea area) {
    return HeaderCluster.of(
        header, format.backingFile(), format.backingFormat(), format.dataFile(), area);
  }

  private Qcow2Writer filled(Qcow2Contents contents, List<ImageInput> inputs) throws IOException {
    Qcow2Writer image = Qcow2Writer.over(target, contents, inputs, null, writing);
    image.giveSize(format.size());
    if (format.preallocation() != Preallocation.Mode.OFF) {
      image.preallocate(format.preallocation());
    }
    image.flush();
    return image;
  }

  /** The same image with a key, which only its header lacked until now. */
  private Qcow2Writer encrypted(Qcow2Writer plain, List<ImageInput> inputs, byte[] passphrase)
      throws IOException {
    HeaderCluster.EncryptionArea area = null;
    GuestKey key = null;
    if (format.luks() != null) {
      long length = format.luks().length();
      long clusterSize = plain.clusterSize();
      long clusters = (length + clusterSize - 1) / clusterSize;
      long offset = plain.allocate(clusters);
      target.zero(offset, clusters * clusterSize);
      area = new HeaderCluster.EncryptionArea(offset, length);
      VolumeKey volume =
          format.luks().write(target, offset, passphrase, options.uuids().get().toString());
      key = GuestKey.ofVolume(volume);
      plain.flush();
      target.flush();
    }
    OpenOptions open = writing.open();
    Qcow2Header header =
        Qcow2Contents.read(target, open).header().withCryptMethod(format.cryptMethod());
    byte[] first = headerCluster(header, area);
    target.write(0, first, 0, first.length);
    target.flush();
    Qcow2Contents contents = Qcow2Contents.read(target, open);
    if (key == null) {
      key = GuestKey.of(contents.header(), contents.extensions(), target, open);
    }
    return Qcow2Writer.over(target, contents, inputs, key, writing);
  }
}
