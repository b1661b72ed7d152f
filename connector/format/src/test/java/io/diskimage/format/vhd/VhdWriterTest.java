package io.diskimage.format.vhd;

import io.diskimage.format.oracle.write.WriterContract;

class VhdWriterTest extends WriterContract {
  VhdWriterTest() {
    super(new VhdWriterProfile());
  }
}
