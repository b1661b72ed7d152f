package io.diskimage.format.hostile;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.ImageInput;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.Reference;
import io.diskimage.format.ReferenceGate;
import io.diskimage.format.vdi.VdiLayer;
import java.util.UUID;

/** Answers whatever an image names by an image in good order of the format that it expects. */
final class AnyReference implements ReferenceGate {
  private static final int DATA_BYTES = 64 << 10;

  @Override
  public ImageInput open(ImageInput from, Reference reference) {
    return new BytesImageInput("/vm/below/" + reference.target(), image(reference));
  }

  private static byte[] image(Reference reference) {
    String format = reference.targetFormat();
    if (format == null || format.equals("raw") || ImageFormats.byName(format).isEmpty()) {
      return ImagePatch.content(2, DATA_BYTES);
    }
    byte[] file = SmallImages.of(format);
    if (format.equals("vpc") && reference.targetId() != null) {
      UUID id = UUID.fromString(reference.targetId());
      ImagePatch.bigEndian(file)
          .u64(68, id.getMostSignificantBits())
          .u64(76, id.getLeastSignificantBits());
      SmallImages.signed(file);
    }
    if (format.equals("vdi") && reference.targetId() != null) {
      VdiLayer.uuid(ImagePatch.littleEndian(file), 0x188, UUID.fromString(reference.targetId()));
    }
    return file;
  }
}
