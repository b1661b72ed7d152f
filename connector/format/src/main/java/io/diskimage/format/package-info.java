/** Reading of virtual disk images: what is common to all formats. Knows nothing of Spark. */
package io.diskimage.format;
