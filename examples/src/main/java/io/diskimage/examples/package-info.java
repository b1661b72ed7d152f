/** Runnable examples for the connector. */
package io.diskimage.examples;
