package io.diskimage.format.raw;

import io.diskimage.format.oracle.write.WriterContract;

class RawWriterTest extends WriterContract {
  RawWriterTest() {
    super(new RawWriterProfile());
  }
}
