package io.diskimage.format.vhd;

import io.diskimage.format.oracle.write.WriterContract;

class VhdFixedWriterTest extends WriterContract {
  VhdFixedWriterTest() {
    super(new VhdFixedWriterProfile());
  }
}
