/**
 * Parallels disk bundles by their descriptor (parallels-bundle.md). The guest's data lie in storage
 * files, which are images of their own: layers of each segment of the disk.
 */
package io.diskimage.format.bundle;
