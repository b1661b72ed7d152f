package io.diskimage.format.vdi;

import io.diskimage.format.oracle.write.WriterContract;

class VdiWriterTest extends WriterContract {
  VdiWriterTest() {
    super(new VdiWriterProfile());
  }
}
