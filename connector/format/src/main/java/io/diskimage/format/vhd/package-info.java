/** Connectix / Virtual PC images, the format QEMU calls {@code vpc}, read by vhd.md. */
package io.diskimage.format.vhd;
