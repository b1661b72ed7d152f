package io.diskimage.spark.publish;

import java.io.IOException;
import java.util.List;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.AclEntry;
import org.apache.hadoop.fs.permission.AclUtil;

/** Who a file belongs to, and who may do what with it. */
final class FileOwnership {
  private FileOwnership() {}

  /**
   * Gives a file the owner, group, permissions and ACL of another.
   *
   * @param file the other, as it was found
   * @throws IOException if that is not for this user to do
   */
  static void handDown(FileSystem fileSystem, FileStatus file, Path heir) throws IOException {
    FileStatus found = fileSystem.getFileStatus(heir);
    boolean sameOwner = found.getOwner().equals(file.getOwner());
    boolean sameGroup = found.getGroup().equals(file.getGroup());
    if (!sameOwner || !sameGroup) {
      // Of the two a user without privileges may change only the group.
      fileSystem.setOwner(heir, sameOwner ? null : file.getOwner(), file.getGroup());
    }
    if (file.hasAcl()) {
      List<AclEntry> entries = fileSystem.getAclStatus(file.getPath()).getEntries();
      fileSystem.setAcl(heir, AclUtil.getAclFromPermAndEntries(file.getPermission(), entries));
    } else if (found.hasAcl()) {
      // From the defaults of the directory.
      fileSystem.removeAcl(heir);
    }
    fileSystem.setPermission(heir, file.getPermission());
  }
}
