package io.diskimage.format.parallels;

import io.diskimage.format.oracle.write.WriterContract;

class ParallelsBitmapsWriterTest extends WriterContract {
  ParallelsBitmapsWriterTest() {
    super(new ParallelsBitmapsWriterProfile());
  }
}
