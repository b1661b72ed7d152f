package io.diskimage.format.oracle.damage;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * One way in which a check of ours means to come to another end than {@code qemu-img} 7.2. Counters
 * of Parallels images are the matter of {@link ParallelsRules}.
 *
 * @param name of it
 * @param reason why it is meant
 * @param format driver name
 * @param where whether an image can be one of those
 * @param theirs what 7.2 gives
 * @param ours what we give
 */
record KnownDifference(
    String name,
    String reason,
    String format,
    Predicate<ImageBytes> where,
    Pattern theirs,
    Pattern ours) {

  static final List<KnownDifference> ALL =
      List.of(
          of(
              "NO_KEY_NEEDED",
              "A check needs no key: metadata is not encrypted.",
              "qcow2",
              image -> image.number(32, 4) > 0,
              "refused: Parameter 'encrypt.key-secret' is required for cipher",
              "counted|aborted|refused: (Backing file name too long|.*[Bb]itmap.*)"),
          of(
              "ENCRYPTION_HEADER_NOT_READ",
              "The encryption header is no part of what is checked, and QEMU reads it for its key.",
              "qcow2",
              image -> image.number(32, 4) == 2,
              "refused: (Volume is not in LUKS format|Could not read encryption header: .*"
                  + "|Request for data outside of extension header"
                  + "|Invalid password, cannot unlock any keyslot)",
              "counted|aborted"),
          of(
              "DATA_FILE_NOT_OPENED",
              "A check follows no reference out of the file.",
              "qcow2",
              image -> (image.number(72, 8) & 4) != 0,
              "refused: ('data-file' is required for this image|Could not open '.*': .*)",
              "counted|aborted"),
          of(
              "BACKING_FILE_NOT_OPENED",
              "A check follows no reference out of the file.",
              "qcow2",
              image -> image.number(8, 8) != 0,
              "refused: Could not open backing file: .*",
              "counted|aborted"),
          of(
              "SIZE_DOES_NOT_WRAP",
              "The size of the L1 table that a disk of almost 2^64 bytes needs does not wrap around.",
              "qcow2",
              image -> image.number(24, 8) >>> 48 == 0xffff,
              "refused: .*",
              "refused: (Image is too big|L1 table is too small)"),
          of(
              "ENTRY_SIZE_DOES_NOT_WRAP",
              "The extra data of a bitmap may be so large that QEMU's sum becomes negative.",
              "qcow2",
              image -> image.number(4, 4) == 3,
              "refused: Bitmap extra data is not supported",
              "refused: Broken bitmap directory"),
          of(
              "DIFFERENCING_VDI",
              "We say what such an image is.",
              "vdi",
              image -> true,
              "refused: unsupported VDI image \\(non-NULL (link|parent) UUID\\)",
              "refused: unsupported VDI image \\(non-NULL (link|parent) UUID\\): differencing VDI.*"),
          of(
              "EXTENSION_OFFSET_TOO_BIG",
              "parallels.md section 2 row 6: 7.2 does not look whether the offset in bytes has room.",
              "parallels",
              image -> Long.compareUnsigned(image.number(56, 8), Long.MAX_VALUE / 512) >= 0,
              "crashed|counted|refused: .*",
              "refused: Invalid image: Too big offset"),
          of(
              "CATALOG_TOO_SMALL",
              "Row 7: 7.2 lets the end of the disk read as zeros.",
              "parallels",
              image ->
                  Long.compareUnsigned(
                          image.number(28, 4) * image.number(32, 4), ParallelsRules.sectors(image))
                      < 0,
              "counted|refused: .*",
              "refused: Invalid image: Catalog size too small for advertised disk size"),
          of(
              "EXTENSION_OUTSIDE",
              "Row 11: 7.2 reads zeros there, and checks what came of it.",
              "parallels",
              image -> image.number(56, 8) * 512 > image.length() - image.number(28, 4) * 512,
              "counted|refused: .*",
              "refused: Invalid image: Format Extension is outside the image file"));

  private static KnownDifference of(
      String name,
      String reason,
      String format,
      Predicate<ImageBytes> where,
      String theirs,
      String ours) {
    return new KnownDifference(
        name, reason, format, where, Pattern.compile(theirs), Pattern.compile(ours));
  }

  /** The difference that explains two outcomes. */
  static Optional<KnownDifference> between(
      DamagedImage image, CheckOutcome theirs, CheckOutcome ours) {
    return ALL.stream().filter(each -> each.explains(image, theirs, ours)).findFirst();
  }

  private boolean explains(DamagedImage image, CheckOutcome itsTheirs, CheckOutcome itsOurs) {
    return image.base().recipe().format().equals(format)
        && where.test(image.bytes())
        && theirs.matcher(itsTheirs.text()).matches()
        && ours.matcher(itsOurs.text()).matches();
  }
}
