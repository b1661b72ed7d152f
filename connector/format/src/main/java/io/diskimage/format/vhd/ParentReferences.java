package io.diskimage.format.vhd;

import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Reference;
import io.diskimage.format.ReferenceMissingException;
import io.diskimage.format.vhd.DynamicHeader.ParentLocator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;

/** What a VHD says of its parent (vhd.md sections 1.6 and 9.2). */
final class ParentReferences {
  private static final UUID NULL = new UUID(0, 0);
  private static final String FILE_URL = "file://";

  /** Paths that tools of today write come before what they fell back on. */
  private static final List<String> ORDER =
      List.of(
          Reference.PARENT_LOCATOR + "W2ru",
          Reference.PARENT_LOCATOR + "MacX",
          Reference.PARENT_LOCATOR + "W2ku",
          Reference.PARENT_NAME,
          Reference.PARENT_LOCATOR + "Wi2r",
          Reference.PARENT_LOCATOR + "Wi2k",
          Reference.PARENT_ID);

  private final ImageInput input;
  private final IoCounters io;
  private final String parentFormat;
  private final String parentId;

  private ParentReferences(ImageInput input, VhdHeader header, IoCounters io) {
    this.input = input;
    this.io = io;
    UUID id = header.dynamic().parentUniqueId();
    this.parentId = id.equals(NULL) ? null : id.toString();
    // A differencing disk without the id has a raw parent (vhd.md section 9.1).
    String withoutId = header.footer().isDifferencing() ? "raw" : null;
    this.parentFormat = parentId == null ? withoutId : "vpc";
  }

  /**
   * All of it, in the order of the file. Listed whatever the disk's type is: others may follow what
   * stands there.
   */
  static List<Reference> read(ImageInput input, VhdHeader header, IoCounters io)
      throws IOException {
    return header.dynamic() == null
        ? List.of()
        : new ParentReferences(input, header, io).all(header.dynamic());
  }

  /**
   * Of a differencing disk what may lead to its parent, the best first: vhd.md section 1.6, then
   * the deprecated locators, then the id alone.
   *
   * @throws ReferenceMissingException if that is nothing
   */
  static List<Reference> candidates(ImageInput input, VhdHeader header, IoCounters io)
      throws IOException {
    ParentReferences parent = new ParentReferences(input, header, io);
    List<Reference> candidates = new ArrayList<>();
    for (Reference reference : parent.all(header.dynamic())) {
      if (!reference.target().isEmpty()) {
        candidates.add(reference);
      }
    }
    if (parent.parentId != null) {
      candidates.add(parent.reference(Reference.PARENT_ID, ""));
    }
    if (candidates.isEmpty()) {
      throw new ReferenceMissingException(
          input.location(), header.footer().dataOffset(), "differencing VHD that names no parent");
    }
    candidates.sort(Comparator.comparingInt(reference -> ORDER.indexOf(reference.kind())));
    return candidates;
  }

  private List<Reference> all(DynamicHeader dynamic) throws IOException {
    List<Reference> references = new ArrayList<>();
    for (ParentLocator locator : dynamic.parentLocators()) {
      if (locator.platformCode() != 0) {
        String code = VhdInfo.characters(locator.platformCode()).stripTrailing();
        references.add(reference(Reference.PARENT_LOCATOR + code, target(locator)));
      }
    }
    if (!dynamic.parentName().isEmpty()) {
      references.add(reference(Reference.PARENT_NAME, dynamic.parentName()));
    }
    if (references.isEmpty() && parentId != null) {
      references.add(reference(Reference.PARENT_ID, ""));
    }
    return references;
  }

  private Reference reference(String kind, String target) {
    return new Reference(kind, target, parentFormat, parentId);
  }

  /** The path of a locator; empty if it cannot be told. */
  private String target(ParentLocator locator) throws IOException {
    if (locator.isUtf16()) {
      return utf16(stored(locator));
    }
    if (locator.isSingleByte()) {
      return ascii(stored(locator));
    }
    // Else an alias, or something of a producer's own.
    return locator.isUrl() ? path(stored(locator)) : "";
  }

  /** The bytes of a locator; none if it is not usable (vhd.md section 9.1). */
  private byte[] stored(ParentLocator locator) throws IOException {
    long length = locator.dataLength();
    if (locator.dataSpace() == 0
        || length > ParentLocator.MAX_LENGTH
        || !locator.isWithin(input.length(), length)) {
      return new byte[0];
    }
    byte[] bytes = new byte[(int) length];
    io.metadataRead(input.readPadded(locator.offset(), bytes, 0, bytes.length));
    return bytes;
  }

  private static String utf16(byte[] bytes) {
    return bytes.length % 2 == 0 ? beforeNul(new String(bytes, StandardCharsets.UTF_16LE)) : "";
  }

  /** Text of an unknown code page, as far as all of them agree. */
  private static String ascii(byte[] bytes) {
    String text = beforeNul(new String(bytes, StandardCharsets.ISO_8859_1));
    return text.chars().allMatch(character -> character >= 0x20 && character < 0x7f) ? text : "";
  }

  /** The path of a file URL, which need not begin with a slash (vhd.md section 9.2). */
  private static String path(byte[] bytes) {
    String url = beforeNul(new String(bytes, StandardCharsets.ISO_8859_1));
    if (!url.startsWith(FILE_URL)) {
      return "";
    }
    ByteArrayOutputStream path = new ByteArrayOutputStream();
    for (int at = FILE_URL.length(); at < url.length(); at++) {
      char character = url.charAt(at);
      if (character == '%') {
        int high = at + 2 < url.length() ? Character.digit(url.charAt(at + 1), 16) : -1;
        int low = high < 0 ? -1 : Character.digit(url.charAt(at + 2), 16);
        if (low < 0 || (high | low) == 0) {
          return "";
        }
        path.write(high << 4 | low);
        at += 2;
      } else {
        path.write(character);
      }
    }
    try {
      ByteBuffer bytesOfPath = ByteBuffer.wrap(path.toByteArray());
      return StandardCharsets.UTF_8.newDecoder().decode(bytesOfPath).toString();
    } catch (CharacterCodingException notUtf8) {
      return "";
    }
  }

  private static String beforeNul(String text) {
    int end = text.indexOf('\0');
    return end < 0 ? text : text.substring(0, end);
  }
}
