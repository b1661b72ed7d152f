package io.diskimage.format.parallels;

import io.diskimage.format.oracle.write.WriterContract;

class ParallelsWriterTest extends WriterContract {
  ParallelsWriterTest() {
    super(new ParallelsWriterProfile());
  }
}
