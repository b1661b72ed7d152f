package io.diskimage.spark;

import io.diskimage.spark.cache.ImageCache;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Lets every class of tests begin with an empty cache, so that those which count open files need no
 * order: the cache is of the JVM, and images stay open in it behind the scan that read them.
 */
public final class EmptyCache implements BeforeAllCallback {
  @Override
  public void beforeAll(ExtensionContext context) {
    ImageCache.get().clear();
  }
}
