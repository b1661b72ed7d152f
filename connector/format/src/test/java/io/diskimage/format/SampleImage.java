package io.diskimage.format;

/** An image composed by a test, and what its guest sees. */
public final class SampleImage {
  private final String name;
  private final String fileName;
  private final byte[] file;
  private final byte[] guest;

  /**
   * An image.
   *
   * @param name in messages
   * @param fileName by which detection may have to go
   * @param file content of the image file
   * @param guest content of the disk
   */
  public SampleImage(String name, String fileName, byte[] file, byte[] guest) {
    this.name = name;
    this.fileName = fileName;
    this.file = file;
    this.guest = guest;
  }

  public String name() {
    return name;
  }

  public String fileName() {
    return fileName;
  }

  public byte[] file() {
    return file;
  }

  public byte[] guest() {
    return guest;
  }
}
