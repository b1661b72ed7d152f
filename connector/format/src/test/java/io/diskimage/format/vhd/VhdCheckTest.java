package io.diskimage.format.vhd;

import static io.diskimage.format.check.CheckLevel.FULL;
import static io.diskimage.format.check.CheckLevel.HEADER;
import static io.diskimage.format.check.CheckLevel.METADATA;
import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.ImagePatch;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.FindingKind;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** vhd.md section 7: each kind of damage, alone, gives its own finding and no other. */
class VhdCheckTest {
  private static final int MIB = 1 << 20;
  private static final int NONE = VhdBytes.NONE;
  private static final int HEADER_AT = 512;
  private static final int UNIT = 512 + VhdBytes.BLOCK;

  /** 16 blocks, three of them stored, the second one out of order. */
  private static final int[] TABLE = {
    0, NONE, 2, 1, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE
  };

  private static final int TAIL = VhdBytes.FIRST_BITMAP_AT + 3 * UNIT;

  private static byte[] dynamic() {
    return VhdBytes.full(VhdBytes.dynamic(VhdBytes.DYNAMIC, MIB, TABLE));
  }

  private static byte[] differencing() {
    byte[] file = VhdBytes.full(VhdBytes.dynamic(VhdBytes.DIFFERENCING, MIB, TABLE));
    ImagePatch.bigEndian(file).text(2048, ".\0\\\0p\0a\0r\0");
    return file;
  }

  private static int table(int index) {
    return VhdBytes.TABLE_AT + 4 * index;
  }

  private static Arguments head(
      String what, byte[] file, CheckLevel level, Consumer<ImagePatch> change, FindingKind... are) {
    change.accept(ImagePatch.bigEndian(file));
    VhdBytes.sign(file);
    return Arguments.of(what, file, level, are);
  }

  /** Damages both copies of the footer alike. */
  private static Arguments footers(String what, Consumer<byte[]> change, FindingKind... are) {
    byte[] file = dynamic();
    byte[] footer = Arrays.copyOf(file, 512);
    change.accept(footer);
    ImagePatch.bigEndian(file).bytes(0, footer).bytes(TAIL, footer);
    VhdBytes.sign(file);
    VhdBytes.signTail(file);
    return Arguments.of(what, file, HEADER, are);
  }

  private static Arguments header(String what, Consumer<ImagePatch> change, FindingKind... are) {
    return head(what, dynamic(), HEADER, change, are);
  }

  private static Arguments parent(String what, Consumer<ImagePatch> change, FindingKind... are) {
    return head(what, differencing(), HEADER, change, are);
  }

  private static Arguments entries(String what, Consumer<ImagePatch> change, FindingKind... are) {
    return head(what, dynamic(), METADATA, change, are);
  }

  /** Damage without renewed checksums. */
  private static Arguments raw(String what, byte[] file, FindingKind... are) {
    return Arguments.of(what, file, METADATA, are);
  }

  private static byte[] patched(byte[] file, Consumer<ImagePatch> change) {
    change.accept(ImagePatch.bigEndian(file));
    return file;
  }

  private static byte[] fixed(Consumer<ImagePatch> change) {
    byte[] file = patched(VhdBytes.fixed(MIB), change);
    VhdBytes.signTail(file);
    return file;
  }

  /** With bytes between what the file stores and its footer. */
  private static byte[] stretched(byte[] file, int at, int bytes) {
    byte[] longer = Arrays.copyOf(file, file.length + bytes);
    System.arraycopy(file, at, longer, at + bytes, file.length - at);
    Arrays.fill(longer, at, at + bytes, (byte) 0);
    return longer;
  }

  static Stream<Arguments> footers() {
    return Stream.of(
        raw("nothing", dynamic()),
        raw("nothing, differencing", differencing()),
        raw("nothing, fixed", VhdBytes.fixed(MIB)),
        raw("a footer of 511 bytes", Arrays.copyOf(VhdBytes.fixed(MIB), MIB + 511)),
        raw("no head", patched(dynamic(), at -> at.u8(0, 0)), FindingKind.VHD_HEAD_FOOTER_MISSING),
        raw("no tail", Arrays.copyOf(dynamic(), TAIL), FindingKind.VHD_TAIL_FOOTER_MISSING),
        raw("head sum", patched(dynamic(), at -> at.u32(64, 1)), FindingKind.VHD_FOOTER_CHECKSUM),
        raw(
            "tail sum",
            patched(dynamic(), at -> at.u32(TAIL + 64, 1)),
            FindingKind.VHD_FOOTER_CHECKSUM),
        raw(
            "both sums",
            patched(dynamic(), at -> at.u32(64, 1).u32(TAIL + 64, 1)),
            FindingKind.VHD_FOOTER_CHECKSUM,
            FindingKind.VHD_FOOTER_CHECKSUM),
        raw(
            "fixed sum",
            patched(VhdBytes.fixed(MIB), at -> at.u32(MIB + 64, 1)),
            FindingKind.VHD_FOOTER_CHECKSUM),
        header("copies differ", at -> at.u32(24, 1), FindingKind.VHD_FOOTERS_DIFFER),
        header(
            "copies differ in size",
            at -> at.u64(40, 512),
            FindingKind.VHD_FOOTER_SIZES_DIFFER,
            FindingKind.VHD_ORIGINAL_SIZE),
        footers("type", at -> at[63] = 6, FindingKind.VHD_FOOTER_TYPE),
        footers("version", at -> at[13] = 2, FindingKind.VHD_FOOTER_VERSION),
        footers("minor version", at -> at[15] = 1),
        footers("features", at -> at[11] = 1, FindingKind.VHD_FOOTER_FIELD),
        footers("temporary disk", at -> at[11] = 3),
        footers("saved state", at -> at[84] = 1, FindingKind.VHD_SAVED_STATE),
        footers("no saved state", at -> at[84] = 2, FindingKind.VHD_FOOTER_FIELD),
        footers("reserved", at -> at[85] = 1, FindingKind.VHD_FOOTER_FIELD),
        footers("last reserved", at -> at[511] = 1, FindingKind.VHD_FOOTER_FIELD),
        footers("hidden, by XenServer", at -> putXen(at)),
        footers("timestamp", at -> at[24] = -1, FindingKind.VHD_TIMESTAMP),
        footers("data offset 0", at -> at[22] = 0, FindingKind.VHD_DATA_OFFSET),
        footers("data offset behind the file", at -> at[20] = 1, FindingKind.VHD_DATA_OFFSET),
        footers("negative data offset", at -> at[16] = -1, FindingKind.VHD_DATA_OFFSET),
        footers(
            "unaligned data offset",
            at -> at[23] = 1,
            FindingKind.VHD_DATA_OFFSET,
            FindingKind.VHD_HEADER_COOKIE),
        raw("fixed, data offset", fixed(at -> at.u64(MIB + 16, 512)), FindingKind.VHD_DATA_OFFSET),
        raw("fixed, half a data offset", fixed(at -> at.u64(MIB + 16, 0xffffffffL))));
  }

  private static void putXen(byte[] footer) {
    ImagePatch.bigEndian(footer).text(28, "tap\0").u16(32, 1).u16(34, 1).u8(85, 1);
  }

  static Stream<Arguments> sizes() {
    return Stream.of(
        footers(
            "odd size",
            at -> putSize(at, MIB - 1),
            FindingKind.VHD_SIZE,
            FindingKind.VHD_NOT_AZURE_READY),
        footers(
            "size above 2040 GiB",
            at -> putSize(at, 0xff000001L * 512),
            FindingKind.VHD_SIZE,
            FindingKind.VHD_TABLE_TOO_SMALL),
        footers(
            "negative size",
            at -> putSize(at, -512),
            FindingKind.VHD_SIZE,
            FindingKind.VHD_TABLE_TOO_SMALL),
        footers("original size", at -> at[45] = 1, FindingKind.VHD_ORIGINAL_SIZE),
        footers("no whole MiB", at -> putSize(at, MIB - 512), FindingKind.VHD_NOT_AZURE_READY),
        // 2048 sectors: 30 cylinders of 4 heads and 17 sectors by vhd.md section 6.1.
        footers("its geometry", at -> putGeometry(at, 30, 4, 17)),
        footers("a geometry of exactly the size", at -> putGeometry(at, 128, 1, 16)),
        footers("larger geometry", at -> putGeometry(at, 31, 4, 17), FindingKind.VHD_GEOMETRY),
        footers("smaller geometry", at -> putGeometry(at, 29, 4, 17), FindingKind.VHD_GEOMETRY),
        raw(
            "fixed, too short",
            fixed(at -> at.u64(MIB + 40, 2 * MIB).u64(MIB + 48, 2 * MIB)),
            FindingKind.VHD_FIXED_TOO_SHORT),
        raw(
            "fixed, too long",
            stretched(VhdBytes.fixed(MIB), MIB, 512),
            FindingKind.VHD_FIXED_TOO_LONG));
  }

  private static void putSize(byte[] footer, long size) {
    ImagePatch.bigEndian(footer).u64(40, size).u64(48, size);
  }

  private static void putGeometry(byte[] footer, int cylinders, int heads, int sectors) {
    ImagePatch.bigEndian(footer).u16(56, cylinders).u8(58, heads).u8(59, sectors);
  }

  static Stream<Arguments> headers() {
    return Stream.of(
        raw(
            "cookie",
            patched(dynamic(), at -> at.u8(HEADER_AT, 0)),
            FindingKind.VHD_HEADER_COOKIE,
            FindingKind.VHD_HEADER_CHECKSUM),
        raw("sum", patched(dynamic(), at -> at.u32(548, 1)), FindingKind.VHD_HEADER_CHECKSUM),
        header("version", at -> at.u32(536, 0x20000), FindingKind.VHD_HEADER_FIELD),
        header("offset", at -> at.u64(520, 0), FindingKind.VHD_HEADER_FIELD),
        header("half an offset", at -> at.u64(520, 0xffffffffL)),
        header("reserved", at -> at.u8(1535, 1), FindingKind.VHD_HEADER_FIELD),
        header("reserved word", at -> at.u8(572, 1), FindingKind.VHD_HEADER_FIELD),
        header("parent id", at -> at.u8(552, 1), FindingKind.VHD_HEADER_FIELD),
        header("parent name", at -> at.u8(577, 'p'), FindingKind.VHD_HEADER_FIELD),
        header("table over the header", at -> at.u64(528, 1024), FindingKind.VHD_TABLE_POSITION),
        header("unaligned table", at -> at.u64(528, 1540), FindingKind.VHD_TABLE_POSITION),
        header("table behind the file", at -> at.u64(528, TAIL), FindingKind.VHD_TABLE_POSITION),
        header("table over the tail", at -> at.u64(528, TAIL), FindingKind.VHD_TABLE_POSITION),
        header("negative table", at -> at.u64(528, -512), FindingKind.VHD_TABLE_POSITION),
        header("small table", at -> at.u32(540, 15), FindingKind.VHD_TABLE_TOO_SMALL),
        header(
            "large table",
            at -> at.u32(540, 0x20000000),
            FindingKind.VHD_TABLE_TOO_LARGE,
            FindingKind.VHD_TABLE_POSITION),
        header("block size 0", at -> at.u32(544, 0), FindingKind.VHD_BLOCK_SIZE),
        header("block size 256", at -> at.u32(544, 256), FindingKind.VHD_BLOCK_SIZE),
        header("odd block size", at -> at.u32(544, 65535), FindingKind.VHD_BLOCK_SIZE),
        header("largest block size", at -> at.u32(544, 0x80000000L)));
  }

  static Stream<Arguments> blocks() {
    int behind = (TAIL + 512) / 512;
    return Stream.of(
        entries(
            "in metadata, and over the first block",
            at -> at.u32(table(1), 3),
            FindingKind.VHD_BLOCK_IN_METADATA,
            FindingKind.VHD_BLOCK_OVERLAP),
        entries("at 0", at -> at.u32(table(1), 0), FindingKind.VHD_BLOCK_IN_METADATA),
        entries("behind", at -> at.u32(table(1), behind), FindingKind.VHD_BLOCK_BEHIND_EOF),
        entries("far", at -> at.u32(table(1), 0xfffffffeL), FindingKind.VHD_BLOCK_BEHIND_EOF),
        entries(
            "over the footer",
            at -> at.u32(table(2), VhdBytes.FIRST_BITMAP_AT / 512 + 2 * UNIT / 512 + 1),
            FindingKind.VHD_BLOCK_CUT),
        entries("duplicate", at -> at.u32(table(5), 8), FindingKind.VHD_BLOCK_DUPLICATE),
        entries("overlap", at -> at.u32(table(3), 138), FindingKind.VHD_BLOCK_OVERLAP),
        head(
            "behind the disk",
            VhdBytes.full(VhdBytes.dynamic(VhdBytes.DYNAMIC, 2 * VhdBytes.BLOCK, 0, 1, 2, NONE)),
            METADATA,
            at -> {},
            FindingKind.VHD_NOT_AZURE_READY,
            FindingKind.VHD_ENTRY_BEHIND_DISK),
        entries("hole", at -> at.u32(table(3), NONE), FindingKind.VHD_HOLE),
        entries("hole at the start", at -> at.u32(table(0), NONE), FindingKind.VHD_HOLE),
        entries("tail leak", at -> at.u32(table(2), NONE), FindingKind.VHD_TAIL_LEAK),
        raw("alignment before the tail", stretched(dynamic(), TAIL, 3584)),
        raw("more than alignment", stretched(dynamic(), TAIL, 4096), FindingKind.VHD_TAIL_LEAK),
        raw("bitmap at 0", noBlocks(0)),
        raw("footer of Windows", noBlocks(2048 + 3584)),
        raw("behind it", noBlocks(2048 + 3584 + 512), FindingKind.VHD_TAIL_LEAK));
  }

  /** The table ends at 1600, its padding at 2048. */
  private static byte[] noBlocks(int gap) {
    int[] table = new int[16];
    Arrays.fill(table, NONE);
    byte[] file = VhdBytes.dynamic(VhdBytes.DYNAMIC, MIB, table);
    int footerAt = 2048 + gap;
    byte[] footer = Arrays.copyOfRange(file, file.length - 512, file.length);
    byte[] moved = Arrays.copyOf(Arrays.copyOf(file, 2048), footerAt + 512);
    System.arraycopy(footer, 0, moved, footerAt, 512);
    return moved;
  }

  static Stream<Arguments> parents() {
    return Stream.of(
        parent("no name", at -> at.u16(576, 0)),
        parent("no locator", at -> at.u32(1088, 0)),
        parent("neither", at -> at.u16(576, 0).u32(1088, 0), FindingKind.VHD_PARENT_UNNAMED),
        parent("empty locator", at -> at.u16(576, 0).u16(2048, 0), FindingKind.VHD_PARENT_UNNAMED),
        parent(
            "deprecated locator only",
            at -> at.u16(576, 0).text(1088, "Wi2k"),
            FindingKind.VHD_PARENT_UNNAMED),
        parent("a URL", at -> at.u16(576, 0).text(1088, "MacX").text(2048, "file://./p.vhd")),
        parent("two", at -> copyLocator(at, "W2ku")),
        parent("two alike", at -> copyLocator(at, "W2ru"), FindingKind.VHD_PARENT_LOCATOR),
        parent("no offset", at -> at.u64(1104, 0), FindingKind.VHD_PARENT_LOCATOR),
        parent("no space", at -> at.u32(1092, 0), FindingKind.VHD_PARENT_LOCATOR),
        parent("space in sectors", at -> at.u32(1092, 1)),
        parent("no length", at -> at.u32(1096, 0), FindingKind.VHD_PARENT_LOCATOR),
        parent("odd length", at -> at.u32(1096, 19), FindingKind.VHD_PARENT_LOCATOR),
        parent("longer than its space", at -> at.u32(1096, 514), FindingKind.VHD_PARENT_LOCATOR),
        parent(
            "above 64 KiB",
            at -> at.u32(1092, 1 << 20).u32(1096, (1 << 16) + 2),
            FindingKind.VHD_PARENT_LOCATOR),
        parent("reserved word", at -> at.u32(1100, 1), FindingKind.VHD_PARENT_LOCATOR),
        parent("outside", at -> at.u64(1104, 1 << 20), FindingKind.VHD_PARENT_LOCATOR),
        parent("negative", at -> at.u64(1104, -512), FindingKind.VHD_PARENT_LOCATOR),
        parent("over the table", at -> at.u64(1104, 1536), FindingKind.VHD_PARENT_LOCATOR),
        parent(
            "its own parent",
            at -> at.u64(552, 0x0011223344556677L).u64(560, 0x8899aabbccddeeffL),
            FindingKind.VHD_PARENT_CYCLE),
        head(
            "under a block",
            differencing(),
            METADATA,
            at -> at.u64(1104, VhdBytes.FIRST_BITMAP_AT + UNIT),
            FindingKind.VHD_BLOCK_IN_METADATA));
  }

  private static void copyLocator(ImagePatch at, String code) {
    at.text(1112, code).u32(1116, 512).u32(1120, 8).u64(1128, 2560);
  }

  static Stream<Arguments> bitmaps() {
    int bitmap = VhdBytes.FIRST_BITMAP_AT + 2 * UNIT;
    byte[] none = new byte[16];
    return Stream.of(
        head(
            "empty, where bitmaps are not read", dynamic(), METADATA, at -> at.bytes(bitmap, none)),
        head(
            "empty, with data",
            dynamic(),
            FULL,
            at -> at.bytes(bitmap, none),
            FindingKind.VHD_BITMAP_EMPTY,
            FindingKind.VHD_BITMAP_CLEAR_WITH_DATA),
        head(
            "empty, without data",
            dynamic(),
            FULL,
            at -> at.bytes(bitmap, none).bytes(bitmap + 512, new byte[VhdBytes.BLOCK]),
            FindingKind.VHD_BITMAP_EMPTY),
        head("a bit", dynamic(), METADATA, at -> at.u8(bitmap, 0x7f)),
        head(
            "a bit, with data",
            dynamic(),
            FULL,
            at -> at.u8(bitmap, 0x7f),
            FindingKind.VHD_BITMAP_CLEAR_WITH_DATA),
        head(
            "a bit, without data",
            dynamic(),
            FULL,
            at -> at.u8(bitmap, 0x7f).bytes(bitmap + 512, new byte[512])),
        head("a bit of a differencing disk", differencing(), FULL, at -> at.u8(bitmap, 0x7f)),
        raw("a batmap", VhdBytes.withBatmap(dynamic(), 0x10003, 0x80)),
        raw(
            "a batmap's sum",
            patched(VhdBytes.withBatmap(dynamic(), 0x10003, 0x80), at -> at.u32(2048 + 24, 0)),
            FindingKind.VHD_BATMAP),
        raw(
            "a batmap's bit",
            VhdBytes.withBatmap(dynamic(), 0x10003, 0x40),
            FindingKind.VHD_BATMAP_BIT));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({"footers", "sizes", "headers", "blocks", "parents", "bitmaps"})
  void findsWhatIsDamagedAndNothingElse(
      String what, byte[] file, CheckLevel level, FindingKind[] kinds) throws IOException {
    CheckReport report = VhdChecks.check(file, level);
    assertThat(VhdChecks.kinds(report)).containsExactly(kinds);
    assertThat(report.error()).isNull();
  }

  @Test
  void everyKindOfTheFormatIsAmongThem() {
    Set<FindingKind> found = EnumSet.noneOf(FindingKind.class);
    Stream.of(footers(), sizes(), headers(), blocks(), parents(), bitmaps())
        .flatMap(Function.identity())
        .forEach(damage -> found.addAll(Arrays.asList((FindingKind[]) damage.get()[3])));
    assertThat(found)
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(FindingKind.values())
                .filter(kind -> kind.name().startsWith("VHD_"))
                .toList());
  }
}
