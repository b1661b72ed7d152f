package io.diskimage.format.qcow2;

import io.diskimage.format.Bytes;
import io.diskimage.format.ImageTarget;
import java.io.IOException;

/**
 * Header fields that change while an image is written (qcow2.md section 1.1), each group by one
 * write within a sector. All else in the header, known or not, stays as it is.
 */
final class HeaderFields {
  private static final int SIZE_AT = 24;
  private static final int L1_AT = 36;
  private static final int REFCOUNT_TABLE_AT = 48;
  private static final int AUTOCLEAR_AT = 88;

  private final ImageTarget target;

  /** What the file may lack. */
  private long size;

  private boolean resized;

  HeaderFields(ImageTarget target) {
    this.target = target;
  }

  /** Makes the virtual size another one, in bytes, with the next {@link #storeSize}. */
  void size(long virtualSize) {
    size = virtualSize;
    resized = true;
  }

  /** Whether the file may have another size. */
  boolean isResized() {
    return resized;
  }

  /** Writes the size, which counts as not written until {@link #sizeStored}. */
  void storeSize() throws IOException {
    byte[] field = new byte[8];
    Bytes.putU64be(field, 0, size);
    target.write(SIZE_AT, field, 0, field.length);
  }

  /** The file has the size. */
  void sizeStored() {
    resized = false;
  }

  /** Place of the active L1 table. */
  void l1(long entries, long hostOffset) throws IOException {
    byte[] fields = new byte[12];
    Bytes.putU32be(fields, 0, entries);
    Bytes.putU64be(fields, 4, hostOffset);
    target.write(L1_AT, fields, 0, fields.length);
  }

  /** Place of the refcount table. */
  void refcountTable(long hostOffset, long clusters) throws IOException {
    byte[] fields = new byte[12];
    Bytes.putU64be(fields, 0, hostOffset);
    Bytes.putU32be(fields, 8, clusters);
    target.write(REFCOUNT_TABLE_AT, fields, 0, fields.length);
  }

  /** Bits that software clears if it does not keep what they stand for. */
  void autoclear(long features) throws IOException {
    byte[] field = new byte[8];
    Bytes.putU64be(field, 0, features);
    target.write(AUTOCLEAR_AT, field, 0, field.length);
  }
}
