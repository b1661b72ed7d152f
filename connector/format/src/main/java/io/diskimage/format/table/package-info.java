/** Mapping tables as every driver sees them: pages, entries, and the walk over them. */
package io.diskimage.format.table;
