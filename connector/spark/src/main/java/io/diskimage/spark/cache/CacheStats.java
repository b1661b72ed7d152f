package io.diskimage.spark.cache;

/**
 * What the cache did so far and holds now.
 *
 * @param opened images opened
 * @param failed images that could not be opened
 * @param hits leases of images that were open already
 * @param leases leases not closed yet
 * @param images open images, idle ones included
 */
public record CacheStats(long opened, long failed, long hits, int leases, int images) {}
