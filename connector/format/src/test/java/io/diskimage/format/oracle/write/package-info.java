/** Holds drivers that write against QEMU, against a model, and against crashes and faults. */
package io.diskimage.format.oracle.write;
