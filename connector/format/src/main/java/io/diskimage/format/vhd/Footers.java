package io.diskimage.format.vhd;

import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.NotAnImageException;
import java.io.IOException;

/**
 * What stands where footers belong, and the one a check goes by: the first valid one, the head
 * first as in opening, else the first that at least has the cookie.
 *
 * @param head first sector of the file; of a fixed disk it is guest data
 * @param tail last sector; the same as the head in a file of one sector
 * @param believed one of them
 */
record Footers(FooterCopy head, FooterCopy tail, FooterCopy believed) {

  /**
   * Reads both places.
   *
   * @throws NotAnImageException if neither has the cookie, with the texts of vhd.md section 2
   */
  static Footers read(ImageInput input, IoCounters io) throws IOException {
    long tailAt = input.sectorLength() - VhdFooter.BYTES;
    if (tailAt < 0) {
      throw new NotAnImageException(input.location(), 0, "File too small for a VHD header");
    }
    FooterCopy head = FooterCopy.read(input, 0, io);
    FooterCopy tail = tailAt == 0 ? head : FooterCopy.read(input, tailAt, io);
    if (!head.isFooter() && !tail.isFooter()) {
      throw new NotAnImageException(input.location(), tailAt, "invalid VPC image");
    }
    return new Footers(head, tail, choose(head, tail));
  }

  private static FooterCopy choose(FooterCopy head, FooterCopy tail) {
    if (head.isValid() || (head.isFooter() && !tail.isValid())) {
      return head;
    }
    return tail;
  }

  VhdFooter fields() {
    return believed.fields();
  }

  /** Host offset of a field of the footer gone by. */
  long fieldAt(int offset) {
    return believed.at() + offset;
  }

  /**
   * Whether the disk has no tables. A type that is none is taken for fixed if there is no dynamic
   * header to look for.
   */
  boolean isFixed() {
    VhdFooter fields = fields();
    return fields.isFixed() || (!fields.hasKnownType() && fields.hasNoDataOffset());
  }

  /** Whether a footer stands in the last sector, apart from the one at the start. */
  boolean hasTail() {
    return tail.isFooter() && (tail != head || isFixed());
  }
}
