package io.diskimage.cluster

import java.time.Duration
import java.util.concurrent.atomic.AtomicLong

/** A request to a store.
  *
  * @param isRange
  *   whether it asks for a part of an object
  */
case class StoreRequest(method: String, path: String, isRange: Boolean) {

  /** Whether it asks for bytes of an object of this name. */
  def reads(name: String): Boolean = method == "GET" && path.endsWith(name)
}

/** What a proxy does to a request. */
sealed trait Fault

/** Answers in place of the store. */
case class Refusal(status: Int, code: String) extends Fault

/** Asks the store later. */
case class Delay(time: Duration) extends Fault

/** Breaks the connection behind this many bytes of the answer's body. */
case class Cut(bytes: Long) extends Fault

object Fault {
  val InternalError: Fault = Refusal(500, "InternalError")
  val SlowDown: Fault = Refusal(503, "SlowDown")
}

/** Which requests get a fault.
  *
  * @param requests
  *   those that are looked at
  * @param hits
  *   whether the n-th of them gets it, from 0 on
  */
final class FaultRule(fault: Fault, requests: StoreRequest => Boolean, hits: Long => Boolean) {
  private val seen = new AtomicLong

  def faultOf(request: StoreRequest): Option[Fault] =
    Option.when(requests(request) && hits(seen.getAndIncrement()))(fault)
}

/** What went through a proxy.
  *
  * @param requests
  *   by method
  * @param ranges
  *   requests for a part of an object
  * @param bytes
  *   of the bodies of answers
  * @param faults
  *   requests that something was done to
  */
case class Traffic(requests: Map[String, Long], ranges: Long, bytes: Long, faults: Long) {
  def of(method: String): Long = requests.getOrElse(method, 0L)
}
