/** Layers of one disk in several images: the walk from a layer to the one below, and the sum. */
package io.diskimage.format.chain;
