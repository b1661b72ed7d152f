/**
 * Checking of images: what a check reports, whatever the format. The checks themselves live with
 * their drivers.
 */
package io.diskimage.format.check;
