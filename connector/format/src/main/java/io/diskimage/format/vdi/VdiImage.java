package io.diskimage.format.vdi;

import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Reference;
import io.diskimage.format.table.SingleFileImage;
import io.diskimage.format.table.TableSource;
import java.util.ArrayList;
import java.util.List;

/** An opened VDI image. */
final class VdiImage extends SingleFileImage {
  private final ImageInput input;
  private final VdiHeader header;
  private final BlockTable blocks;

  VdiImage(ImageInput input, VdiHeader header, TableSource tables) {
    super(input, VdiInfo.of(header));
    this.input = input;
    this.header = header;
    this.blocks = new BlockTable(header, input, tables);
  }

  @Override
  protected ExtentCursor mapping(long from, long to, IoCounters io) {
    return blocks.cursor(from, to, io);
  }

  @Override
  protected void requireReadable() throws ImageException {
    header.requireReadable(input);
  }

  /**
   * The image whose uuid_image is the link. Whether the parent was written since, so that its
   * uuid_last_snap is no longer uuid_parent, does not stand against reading (vdi.md section 9.3):
   * both are in the header map of {@link #info()}, and the latter is a reference of its own.
   */
  @Override
  public List<Reference> parents(IoCounters io) {
    return header.hasLink()
        ? List.of(new Reference(Reference.PARENT_ID, "", "vdi", header.uuidLink().toString()))
        : List.of();
  }

  /** A VDI names its parent by UUIDs alone (vdi.md section 9.3). */
  @Override
  public List<Reference> references(IoCounters io) {
    List<Reference> references = new ArrayList<>();
    if (header.hasLink()) {
      references.add(new Reference(Reference.PARENT_ID, "", null, header.uuidLink().toString()));
    }
    if (!header.uuidParent().equals(VdiUuid.NULL)) {
      String id = header.uuidParent().toString();
      references.add(new Reference(Reference.PARENT_MODIFICATION_ID, "", null, id));
    }
    return references;
  }
}
