package io.diskimage.cluster

import java.io.IOException
import java.net.{InetAddress, InetSocketAddress, URI}
import java.net.http.{HttpClient, HttpRequest, HttpResponse}
import java.net.http.HttpRequest.BodyPublishers
import java.time.Duration
import java.util.concurrent.atomic.AtomicReference

import com.sun.net.httpserver.{HttpExchange, HttpServer}
import org.scalatest.BeforeAndAfterAll
import org.scalatest.funsuite.AnyFunSuite

/** What the suites about faults rely on. */
class FaultProxySuite extends AnyFunSuite with BeforeAndAfterAll {
  private val content = Array.tabulate[Byte](1 << 20)(i => (i * 31 >> 3).toByte)
  private val written = new AtomicReference[(String, Array[Byte])]
  private val store = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress, 0), 0)
  private lazy val proxy = new FaultProxy(
    URI.create(s"http://127.0.0.1:${store.getAddress.getPort}")
  )
  private val client = HttpClient.newHttpClient()

  override protected def beforeAll(): Unit = {
    super.beforeAll()
    store.createContext(
      "/",
      (exchange: HttpExchange) => {
        exchange.getRequestMethod match {
          case "PUT" =>
            val host = exchange.getRequestHeaders.getFirst("Host")
            written.set((host, exchange.getRequestBody.readAllBytes()))
            exchange.sendResponseHeaders(200, -1)
          case "HEAD" =>
            exchange.getResponseHeaders.set("Content-Length", content.length.toString)
            exchange.sendResponseHeaders(200, -1)
          case _ =>
            val chunked = exchange.getRequestURI.getPath == "/chunked"
            exchange.sendResponseHeaders(200, if (chunked) 0 else content.length.toLong)
            exchange.getResponseBody.write(content)
        }
        exchange.close()
      }
    )
    store.start()
  }

  override protected def afterAll(): Unit =
    try proxy.close()
    finally {
      store.stop(0)
      super.afterAll()
    }

  private def request(method: String, path: String, body: Array[Byte] = Array.empty) =
    HttpRequest
      .newBuilder(proxy.endpoint.resolve(path))
      .method(
        method,
        if (body.isEmpty) BodyPublishers.noBody() else BodyPublishers.ofByteArray(body)
      )
      .build()

  private def send(request: HttpRequest): HttpResponse[Array[Byte]] =
    client.send(request, HttpResponse.BodyHandlers.ofByteArray())

  test("bytes go through in both directions, and are counted") {
    val before = proxy.traffic
    for (path <- Seq("/known", "/chunked")) {
      assert(send(request("GET", path)).body === content)
    }
    assert(send(request("PUT", "/new", content)).statusCode === 200)
    assert(written.get._1 === proxy.endpoint.getAuthority)
    assert(written.get._2 === content)
    val head = send(request("HEAD", "/known"))
    assert(head.headers.firstValueAsLong("Content-Length").getAsLong === content.length)

    val after = proxy.traffic
    assert(after.of("GET") - before.of("GET") === 2)
    assert(after.of("PUT") - before.of("PUT") === 1)
    assert(after.of("HEAD") - before.of("HEAD") === 1)
    assert(after.bytes - before.bytes === 2 * content.length)
    assert(after.faults === before.faults)
  }

  test("the requests that a rule names are refused, and no others") {
    val rule = new FaultRule(Fault.SlowDown, _.reads("known"), n => n == 1)
    val answers = proxy.failing(rule) {
      for (path <- Seq("/known", "/chunked", "/known", "/known")) yield send(request("GET", path))
    }
    assert(answers.map(_.statusCode) === Seq(200, 200, 503, 200))
    assert(new String(answers(2).body).contains("<Code>SlowDown</Code>"))
    assert(send(request("GET", "/known")).statusCode === 200)
  }

  test("a cut answer breaks where it is cut") {
    val cut = new FaultRule(Cut(1000), _ => true, _ => true)
    val before = proxy.traffic
    proxy.failing(cut) {
      for (path <- Seq("/known", "/chunked")) {
        assertThrows[IOException](send(request("GET", path)))
      }
    }
    assert(proxy.traffic.bytes - before.bytes === 2000)
    assert(proxy.traffic.faults - before.faults === 2)
  }

  test("a delayed answer comes late and whole") {
    val time = Duration.ofMillis(300)
    val start = System.nanoTime()
    proxy.failing(new FaultRule(Delay(time), _ => true, _ => true)) {
      assert(send(request("GET", "/known")).body === content)
    }
    assert(System.nanoTime() - start >= time.toNanos)
  }
}
