package io.diskimage.format;

import java.io.IOException;

/** A cursor over another one; subclasses choose which runs they show. */
abstract class ForwardingExtents implements ExtentCursor {
  private final ExtentCursor source;

  ForwardingExtents(ExtentCursor source) {
    this.source = source;
  }

  @Override
  public boolean next() {
    return source.next();
  }

  @Override
  public long offset() {
    return source.offset();
  }

  @Override
  public long length() {
    return source.length();
  }

  @Override
  public ExtentKind kind() {
    return source.kind();
  }

  @Override
  public int flags() {
    return source.flags();
  }

  @Override
  public long hostOffset() {
    return source.hostOffset();
  }

  @Override
  public long hostLength() {
    return source.hostLength();
  }

  @Override
  public long clusterOffset() {
    return source.clusterOffset();
  }

  @Override
  public int input() {
    return source.input();
  }

  @Override
  public int depth() {
    return source.depth();
  }

  @Override
  public IOException failure() {
    return source.failure();
  }
}
