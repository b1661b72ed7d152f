package io.diskimage.format.qcow2;

import io.diskimage.format.Bytes;
import io.diskimage.format.check.FindingKind;

/**
 * Finds zero flags in an image of version 2, which knows none: such a cluster cannot be read
 * (qcow2.md section 1.4).
 */
final class ZeroFlagsInV2 implements MappingWalk.Visitor {
  private final CheckedImage image;
  private final L2Run entries;

  ZeroFlagsInV2(CheckedImage image) {
    this.image = image;
    this.entries = new L2Run(image);
  }

  @Override
  public void table(L2Uses.Use use, byte[] bytes, int from) {
    entries.in(use);
    for (int at = 0; at < image.clusterSize(); at += L2Tables.ENTRY_BYTES) {
      long entry = Bytes.u64be(bytes, from + at);
      if (L2Tables.zero(entry) && !L2Tables.compressed(entry)) {
        entries.set(at / L2Tables.ENTRY_BYTES, entry, 1);
        image
            .run()
            .find(
                entries
                    .draft(FindingKind.QCOW2_ZERO_FLAG_IN_V2)
                    .says(
                        "Zero cluster entry found in pre-v3 image (L2 offset: 0x%x, L2 index: 0x%x)",
                        use.offset(), at / L2Tables.ENTRY_BYTES));
      }
    }
  }
}
