package io.diskimage.format.qcow2;

import io.diskimage.format.oracle.write.WriterContract;

class Qcow2WriterTest extends WriterContract {
  Qcow2WriterTest() {
    super(new Qcow2WriterProfile());
  }
}
