package io.diskimage.format.vdi;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.CreateOptions;
import io.diskimage.format.oracle.write.MemoryTarget;
import java.io.IOException;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class VdiCreatorTest {

  @Test
  void storesTheIdentitiesItIsGiven() throws IOException {
    UUID id = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
    MemoryTarget target = new MemoryTarget();
    new VdiFormat().create(target, CreateOptions.ofSize(512).withUuids(() -> id)).close();
    byte[] bytes = new byte[VdiHeader.BYTES];
    target.readPadded(0, bytes, 0, bytes.length);
    VdiHeader header = VdiHeader.parse(bytes);
    assertThat(header.uuidImage()).isEqualTo(id);
    assertThat(header.uuidLastSnap()).isEqualTo(id);
    assertThat(header.uuidLink()).isEqualTo(VdiUuid.NULL);
  }
}
