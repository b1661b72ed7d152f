package io.diskimage.format.vhd;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.IoCounters;
import io.diskimage.format.TruncatedImageException;
import io.diskimage.format.UnsupportedImageException;
import io.diskimage.format.write.WrittenImage;
import java.io.IOException;

/**
 * A fixed disk that is written: guest offsets are host offsets, and the footer ends the file.
 *
 * <p>Another size comes by one write, that of the footer in the file's last sector, which may stand
 * behind the disk's end: a larger disk first gets a copy of the footer there, a smaller one keeps
 * it there until the copy in front of it is on stable storage.
 */
final class FixedWriter extends WrittenImage {
  private final SizeRule rule;
  private VhdHeader header;
  private DiskImage view;

  FixedWriter(ImageTarget target, VhdHeader header, SizeRule rule) throws ImageException {
    super(target);
    this.rule = rule;
    if (header.dynamic() != null) {
      throw new UnsupportedImageException(
          target.location(),
          VhdFooter.TYPE_AT,
          "fixed VHD that begins with a footer, which is only read");
    }
    if (header.diskSize() > target.sectorLength() - VhdFooter.BYTES) {
      throw new TruncatedImageException(
          target.location(),
          target.sectorLength() - VhdFooter.BYTES,
          "the footer stands before the end of a disk of " + header.diskSize() + " bytes");
    }
    turnTo(header);
  }

  private void turnTo(VhdHeader newHeader) {
    header = newHeader;
    view = new VhdImage(target(), header, false, null);
  }

  @Override
  protected DiskImage view() {
    return view;
  }

  @Override
  protected void put(long guestOffset, byte[] source, int offset, int length) throws IOException {
    target().write(guestOffset, source, offset, length);
  }

  @Override
  protected void zero(long guestOffset, long length, boolean unmap) throws IOException {
    target().zero(guestOffset, length);
  }

  /** A fixed disk keeps its space. */
  @Override
  protected void drop(long guestOffset, long length) {}

  @Override
  protected void changeSize(long virtualSize) throws IOException {
    VhdWriter.requireSize(target(), virtualSize);
    if (virtualSize == 0) {
      // It would begin with its footer, as a dynamic disk does.
      throw new UnsupportedImageException(
          target().location(), ImageException.NO_OFFSET, "a fixed disk has at least one sector");
    }
    byte[] footer = new byte[VhdFooter.BYTES];
    target().readPadded(footerAt(), footer, 0, footer.length);
    long formerEnd = target().sectorLength();
    if (virtualSize > footerAt()) {
      storeFooter(virtualSize, footer);
    }
    if (virtualSize > header.diskSize()) {
      long from = header.diskSize();
      target().zero(from, Math.min(virtualSize, formerEnd) - from);
      sync();
    }
    VhdSize.exact(virtualSize, header.footer()).store(footer);
    VhdChecksum.sign(footer, VhdFooter.BYTES, VhdFooter.CHECKSUM_AT);
    storeFooter(footerAt(), footer);
    try {
      turnTo(VhdHeader.read(target(), rule, new IoCounters()));
    } catch (IOException unknown) {
      throw lose(unknown);
    }
    if (virtualSize < footerAt()) {
      storeFooter(virtualSize, footer);
      target().setLength(virtualSize + VhdFooter.BYTES);
      sync();
    }
  }

  private long footerAt() {
    return target().sectorLength() - VhdFooter.BYTES;
  }

  /** Stores a footer at once. */
  private void storeFooter(long at, byte[] footer) throws IOException {
    try {
      target().write(at, footer, 0, footer.length);
    } catch (IOException unknown) {
      throw lose(unknown);
    }
    sync();
  }

  @Override
  protected void sync() throws IOException {
    try {
      target().flush();
    } catch (IOException unknown) {
      throw lose(unknown);
    }
  }
}
