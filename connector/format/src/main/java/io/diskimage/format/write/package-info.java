/** What the drivers that write have in common. */
package io.diskimage.format.write;
