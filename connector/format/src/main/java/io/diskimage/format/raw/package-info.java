/** Disks stored byte for byte, without header. */
package io.diskimage.format.raw;
