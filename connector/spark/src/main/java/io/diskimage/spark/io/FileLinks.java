package io.diskimage.spark.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/** What a local file is, without following it if it is a link. */
interface FileLinks {

  /** Those of the machine. */
  FileLinks NIO =
      new FileLinks() {
        @Override
        public BasicFileAttributes attributes(Path file) throws IOException {
          return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        }

        @Override
        public Path target(Path link) throws IOException {
          return Files.readSymbolicLink(link);
        }
      };

  /** Type of a file, of a link itself. */
  BasicFileAttributes attributes(Path file) throws IOException;

  /** Where a link points to, as it is written. */
  Path target(Path link) throws IOException;
}
