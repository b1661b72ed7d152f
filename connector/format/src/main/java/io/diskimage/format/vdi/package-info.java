/** VirtualBox disk images, read by vdi.md. */
package io.diskimage.format.vdi;
