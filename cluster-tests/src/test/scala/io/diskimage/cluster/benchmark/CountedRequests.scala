package io.diskimage.cluster.benchmark

import java.util.concurrent.atomic.AtomicLong

import software.amazon.awssdk.core.interceptor.{Context, ExecutionAttributes, ExecutionInterceptor}
import software.amazon.awssdk.services.s3.model.GetObjectRequest

/** Counts the GETs that S3A sends; its own statistics know of them when streams are closed. */
final class CountedRequests extends ExecutionInterceptor {
  override def beforeTransmission(
      context: Context.BeforeTransmission,
      attributes: ExecutionAttributes
  ): Unit = context.request() match {
    case _: GetObjectRequest => CountedRequests.gets.incrementAndGet()
    case _                   =>
  }
}

object CountedRequests {
  val gets = new AtomicLong
}
