package io.diskimage.format;

/** An image composed by a test that can be described but not read. */
public final class UnreadableImage {
  private final String name;
  private final byte[] file;
  private final String feature;

  /**
   * An image.
   *
   * @param name in messages
   * @param file content of the image file
   * @param feature part of the refusal that names why
   */
  public UnreadableImage(String name, byte[] file, String feature) {
    this.name = name;
    this.file = file;
    this.feature = feature;
  }

  public String name() {
    return name;
  }

  public byte[] file() {
    return file;
  }

  public String feature() {
    return feature;
  }
}
