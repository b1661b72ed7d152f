package io.diskimage.format.oracle.damage;

/**
 * Equal fields of an image that lie at equal distances: a table, or one field of the header.
 *
 * @param group what they are part of; entries of one group hold values of one kind
 * @param name of the table or the field
 * @param role what their values mean
 * @param offset of the first one in the file, in bytes
 * @param width of one, in bytes
 * @param stride from one to the next, in bytes
 * @param count how many
 */
record Entries(
    String group, String name, Role role, long offset, int width, long stride, long count) {

  /** What a value means, and so which wrong ones are of interest. */
  enum Role {
    /** Any number: a size, a version, a set of flags. */
    NUMBER,
    /** A place in the file, maybe with flags. */
    POINTER,
    /** How often something is referred to. */
    REFCOUNT,
    /** One bit for each of many things. */
    BITS
  }

  /** One field. */
  static Entries field(String group, String name, Role role, long offset, int width) {
    return new Entries(group, name, role, offset, width, width, 1);
  }

  /** A table without gaps. */
  static Entries table(String group, String name, Role role, long offset, int width, long count) {
    return new Entries(group, name, role, offset, width, width, count);
  }

  long at(long index) {
    return offset + index * stride;
  }

  long value(ImageBytes image, long index) {
    return image.number(at(index), width);
  }

  String describe(long index) {
    return count == 1 ? name : name + "[" + index + "]";
  }
}
