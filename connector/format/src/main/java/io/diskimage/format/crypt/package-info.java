/**
 * Encryption of disk sectors: LUKS1 headers and their keys, AES in the modes of disks
 * (formats/qcow2.md section 1.9).
 */
package io.diskimage.format.crypt;
