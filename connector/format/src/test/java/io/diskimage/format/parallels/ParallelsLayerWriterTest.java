package io.diskimage.format.parallels;

import io.diskimage.format.oracle.write.WriterContract;

class ParallelsLayerWriterTest extends WriterContract {
  ParallelsLayerWriterTest() {
    super(new ParallelsLayerWriterProfile());
  }
}
