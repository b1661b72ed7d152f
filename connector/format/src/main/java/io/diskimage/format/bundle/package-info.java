/**
 * Parallels disk bundles by their descriptor (parallels-bundle.md): what they consist of. The guest
 * data lie in storage files, which are images of their own.
 */
package io.diskimage.format.bundle;
