/** Parallels expandable images of both versions, read by parallels.md. */
package io.diskimage.format.parallels;
