/** QEMU copy-on-write images, versions 2 and 3 (formats/qcow2.md). */
package io.diskimage.format.qcow2;
