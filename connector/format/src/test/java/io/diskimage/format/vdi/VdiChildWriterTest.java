package io.diskimage.format.vdi;

import io.diskimage.format.oracle.write.WriterContract;

class VdiChildWriterTest extends WriterContract {
  VdiChildWriterTest() {
    super(new VdiChildWriterProfile());
  }
}
