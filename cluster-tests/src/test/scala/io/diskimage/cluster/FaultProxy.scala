package io.diskimage.cluster

import java.io.{IOException, InputStream, OutputStream}
import java.net.{InetAddress, InetSocketAddress, URI}
import java.net.http.{HttpClient, HttpRequest, HttpResponse}
import java.net.http.HttpRequest.BodyPublishers
import java.nio.charset.StandardCharsets.UTF_8
import java.time.Duration
import java.util.Locale
import java.util.concurrent.{Executors, TimeUnit}
import java.util.concurrent.atomic.LongAdder

import scala.collection.concurrent.TrieMap
import scala.jdk.CollectionConverters._
import scala.util.Using

import com.sun.net.httpserver.{HttpExchange, HttpServer}

/** An HTTP proxy in front of a store that counts requests, and fails as it is told. What a request
  * is signed for stays as it is, its `Host` included; the JDK has to be told to allow that.
  */
final class FaultProxy(store: URI) extends AutoCloseable {
  private val workers = Executors.newFixedThreadPool(FaultProxy.maxRequests)
  private val client = FaultProxy.client()
  private val server =
    HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0)
  private val requests = TrieMap.empty[String, LongAdder]
  private val ranges = new LongAdder
  private val bytes = new LongAdder
  private val faults = new LongAdder
  @volatile private var rules = Seq.empty[FaultRule]

  server.setExecutor(workers)
  // The server breaks the connection of an exchange that ends with an exception.
  server.createContext(
    "/",
    (exchange: HttpExchange) => {
      answer(exchange)
      exchange.close()
    }
  )
  server.start()

  /** Where clients find the proxy. */
  def endpoint: URI = URI.create(s"http://127.0.0.1:${server.getAddress.getPort}")

  /** What went through since the proxy started. */
  def traffic: Traffic =
    Traffic(requests.view.mapValues(_.sum).toMap, ranges.sum, bytes.sum, faults.sum)

  /** Fails by rules while a body runs. The first rule that has a fault for a request decides. */
  def failing[T](faulty: FaultRule*)(body: => T): T = {
    rules = faulty
    try body
    finally rules = Seq.empty
  }

  override def close(): Unit = {
    server.stop(0)
    workers.shutdownNow()
    workers.awaitTermination(10, TimeUnit.SECONDS)
  }

  private def answer(exchange: HttpExchange): Unit = {
    val request = StoreRequest(
      exchange.getRequestMethod,
      exchange.getRequestURI.getPath,
      exchange.getRequestHeaders.containsKey("Range")
    )
    requests.getOrElseUpdate(request.method, new LongAdder).increment()
    if (request.isRange) {
      ranges.increment()
    }
    val fault = rules.view.flatMap(_.faultOf(request)).headOption
    fault.foreach(_ => faults.increment())
    fault match {
      case Some(refusal: Refusal) => refuse(exchange, refusal)
      case Some(Cut(length))      => forward(exchange, length)
      case Some(Delay(time))      =>
        TimeUnit.NANOSECONDS.sleep(time.toNanos)
        forward(exchange, Long.MaxValue)
      case None => forward(exchange, Long.MaxValue)
    }
  }

  private def refuse(exchange: HttpExchange, refusal: Refusal): Unit = {
    exchange.getRequestBody.transferTo(OutputStream.nullOutputStream())
    val body = s"<Error><Code>${refusal.code}</Code><Message>fault proxy</Message></Error>"
    exchange.getResponseHeaders.add("Content-Type", "application/xml")
    if (exchange.getRequestMethod == "HEAD") {
      exchange.sendResponseHeaders(refusal.status, FaultProxy.noBody)
    } else {
      exchange.sendResponseHeaders(refusal.status, body.length.toLong)
      exchange.getResponseBody.write(body.getBytes(UTF_8))
    }
  }

  private def forward(exchange: HttpExchange, maxBytes: Long): Unit = {
    val response = client.send(toStore(exchange), HttpResponse.BodyHandlers.ofInputStream())
    val answer = exchange.getResponseHeaders
    for ((name, values) <- response.headers.map.asScala if FaultProxy.passesOn(name)) {
      answer.put(name, values)
    }
    val length = response.headers.firstValueAsLong("Content-Length")
    Using.resource(response.body) { body =>
      if (exchange.getRequestMethod == "HEAD" || length.orElse(1) == 0) {
        length.ifPresent(value => answer.set("Content-Length", value.toString))
        exchange.sendResponseHeaders(response.statusCode, FaultProxy.noBody)
      } else {
        // A length of 0 stands for one that is not known.
        exchange.sendResponseHeaders(response.statusCode, length.orElse(0))
        copy(body, exchange.getResponseBody, maxBytes)
      }
    }
  }

  private def copy(from: InputStream, to: OutputStream, maxBytes: Long): Unit = {
    val buffer = new Array[Byte](FaultProxy.bufferSize)
    var left = maxBytes
    var count = from.read(buffer)
    while (count > 0) {
      val sent = math.min(count.toLong, left).toInt
      to.write(buffer, 0, sent)
      bytes.add(sent.toLong)
      left -= sent
      if (left == 0) {
        to.flush()
        throw new IOException("cut")
      }
      count = from.read(buffer)
    }
  }

  private def toStore(exchange: HttpExchange): HttpRequest = {
    val target = store.resolve(exchange.getRequestURI)
    val headers = exchange.getRequestHeaders
    val length = Option(headers.getFirst("Content-Length")).fold(0L)(_.toLong)
    val body =
      if (length == 0) BodyPublishers.noBody()
      else {
        val stream = BodyPublishers.ofInputStream(() => exchange.getRequestBody)
        BodyPublishers.fromPublisher(stream, length)
      }
    val request = HttpRequest
      .newBuilder(target)
      .method(exchange.getRequestMethod, body)
      .timeout(FaultProxy.patience)
    for ((name, values) <- headers.asScala if FaultProxy.passesOn(name); value <- values.asScala) {
      request.header(name, value)
    }
    request.build()
  }
}

object FaultProxy {

  /** Requests answered at a time; others wait. */
  private val maxRequests = 64
  private val bufferSize = 64 << 10
  private val patience = Duration.ofSeconds(60)
  private val noBody = -1L

  /** Headers that are about one connection or a body's length on it. */
  private val perConnection =
    Set("connection", "content-length", "expect", "keep-alive", "transfer-encoding", "upgrade")

  private def passesOn(header: String): Boolean =
    !perConnection(header.toLowerCase(Locale.ROOT)) && !header.startsWith(":")

  private def client(): HttpClient = HttpClient
    .newBuilder()
    .version(HttpClient.Version.HTTP_1_1)
    .connectTimeout(patience)
    .build()
}
