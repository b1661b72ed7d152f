package io.diskimage.format.vdi;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.IoCounters;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.Reference;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The parent's UUIDs (vdi.md sections 1.1 and 9.3). */
class VdiReferencesTest {
  private final byte[] file = VdiBytes.image(VdiBytes.DYNAMIC, VdiBytes.MIB, VdiBytes.NONE);
  private final ImagePatch patch = ImagePatch.littleEndian(file);

  private List<Reference> references() throws IOException {
    BytesImageInput input = new BytesImageInput("child.vdi", file);
    try (DiskImage image = new VdiFormat().open(input, OpenOptions.of(Purpose.INFO))) {
      return image.references(new IoCounters());
    }
  }

  /** The bytes that vdi.md section 1.2 gives as an example. */
  private void uuidAt(int at) {
    patch.u32(at, 0x00112233).u16(at + 4, 0x4455).u16(at + 6, 0x6677);
    patch.u32(at + 8, 0xbbaa9988L).u32(at + 12, 0xffeeddccL);
  }

  @Test
  void aParentIsNamedByItsIdAndItsState() throws IOException {
    assertThat(references()).isEmpty();
    uuidAt(0x1a8);
    patch.u8(0x1b8 + 15, 7);
    assertThat(references())
        .containsExactly(
            new Reference("parent id", "", null, "00112233-4455-6677-8899-aabbccddeeff"),
            new Reference(
                "parent modification id", "", null, "00000000-0000-0000-0000-000000000007"));
  }

  @Test
  void aStateWithoutParentIsListedToo() throws IOException {
    uuidAt(0x1b8);
    assertThat(references())
        .containsExactly(
            new Reference(
                "parent modification id", "", null, "00112233-4455-6677-8899-aabbccddeeff"));
  }

  @Test
  void typeFourWithoutUuidsNamesNobody() throws IOException {
    patch.u32(0x4c, 4);
    assertThat(references()).isEmpty();
  }
}
