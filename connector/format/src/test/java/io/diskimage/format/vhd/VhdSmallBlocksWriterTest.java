package io.diskimage.format.vhd;

import io.diskimage.format.oracle.write.WriterContract;

class VhdSmallBlocksWriterTest extends WriterContract {
  VhdSmallBlocksWriterTest() {
    super(new VhdSmallBlocksWriterProfile());
  }
}
