/**
 * HDFS and S3 on this machine, in JVMs of their own, for suites and benchmarks. A service listens
 * on loopback addresses and free ports only, and ends with the JVM that started it, however that
 * ends.
 */
package io.diskimage.services;
