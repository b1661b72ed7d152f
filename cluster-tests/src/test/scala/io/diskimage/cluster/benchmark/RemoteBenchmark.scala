package io.diskimage.cluster.benchmark

import java.io.BufferedOutputStream
import java.nio.file.{Files, Path, StandardCopyOption}
import java.util.Locale
import java.util.zip.CRC32

import scala.concurrent.{Await, ExecutionContext, Future}
import scala.concurrent.duration.Duration
import scala.jdk.CollectionConverters._
import scala.util.{Random, Using}

import org.apache.hadoop.fs.{FSDataInputStream, FileUtil, Path => HadoopPath}
import org.apache.spark.sql.SparkSession

import io.diskimage.cluster.Programs
import io.diskimage.services.{HdfsService, S3Service}
import io.diskimage.spark.cache.ImageCache

/** Measures scans of images on HDFS and S3 against reading the same file in sequence through
  * Hadoop's own stream, with as many threads and in the same run: `cluster-tests/benchmark.sh
  * [DIRECTORY [GIB]]`. Ratios count; both servers are on this machine and take their share of it.
  */
object RemoteBenchmark {
  private val threads = 2

  /** Rounds that do not count: by then the JVM has compiled what runs. */
  private val warmUp = Integer.getInteger("diskimage.warmUp", 10).toInt
  private val rounds = Integer.getInteger("diskimage.rounds", 5).toInt

  private val inOrder = "in order"

  /** Bytes of a block. */
  private val row = 64 << 10

  def main(arguments: Array[String]): Unit = {
    val directory = Files.createDirectories(Path.of(arguments(0)).toAbsolutePath)
    val images = make(directory, arguments(1).toLong << 30)
    Using.resources(HdfsService.start(directory, 1), S3Service.start(directory)) { (hdfs, s3) =>
      val settings = s3.configuration().asScala.toMap ++ Map(
        "dfs.replication" -> "1",
        // As scans have it, which come second here to the bucket.
        "fs.s3a.input.stream.type" -> "classic",
        "fs.s3a.audit.execution.interceptors" -> classOf[CountedRequests].getName
      )
      val session = SparkSession.builder().master(s"local[$threads]").appName("remote benchmark")
      session.config("spark.ui.enabled", "false")
      settings.foreach { case (key, value) => session.config(s"spark.hadoop.$key", value) }
      val spark = session.getOrCreate()
      spark.sparkContext.setLogLevel("ERROR")
      try {
        new RemoteBenchmark(spark, "HDFS", s"${hdfs.uri}/images", images).run()
        new RemoteBenchmark(spark, "S3", s"s3a://${S3Service.BUCKET}/images", images).run()
      } finally spark.stop()
    }
  }

  /** Images of one disk, kept in the directory. */
  private def make(directory: Path, bytes: Long): Map[String, Path] = {
    val raw = directory.resolve(s"content-$bytes.raw")
    val image = kept(directory.resolve(s"in-order-$bytes.qcow2")) { unfinished =>
      val random = new Random(bytes)
      Using.resource(new BufferedOutputStream(Files.newOutputStream(raw), 1 << 20)) { out =>
        (0L until bytes by (1L << 20)).foreach(_ => out.write(random.nextBytes(1 << 20)))
      }
      val convert = Seq("qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw.toString)
      Programs.run(convert :+ unfinished.toString: _*)
      Files.delete(raw)
    }
    def scattered(window: Long): Path =
      kept(directory.resolve(s"scattered-$window-$bytes.qcow2")) { unfinished =>
        Files.deleteIfExists(unfinished)
        ScatteredImage.of(image, unfinished, window)
      }
    Map(
      inOrder -> image,
      "scattered within 16 MiB" -> scattered(16L << 20),
      "scattered" -> scattered(bytes)
    )
  }

  private def kept(file: Path)(write: Path => Unit): Path = {
    if (!Files.exists(file)) {
      val unfinished = file.resolveSibling(s"${file.getFileName}.part")
      write(unfinished)
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE)
    }
    file
  }
}

/** The measurements on one store. */
private final class RemoteBenchmark(
    spark: SparkSession,
    store: String,
    root: String,
    images: Map[String, Path]
) {
  import RemoteBenchmark._

  private val conf = spark.sparkContext.hadoopConfiguration
  private val files = new HadoopPath(root).getFileSystem(conf)

  /** What one run took.
    *
    * @param sum
    *   of the checksums
    */
  private case class Run(bytes: Long, seconds: Double, gets: Long, opened: Long, sum: Long) {
    def rate: Double = bytes / 1e9 / seconds
  }

  def run(): Unit = {
    for (image <- images.values) {
      // By a stream: S3Proxy does not know all that S3A's way of uploading whole files asks for.
      val local = new HadoopPath(image.toUri)
      FileUtil.copy(local.getFileSystem(conf), local, files, remote(image), false, conf)
    }
    print("%s, %d threads, best of %d rounds", store, threads, rounds)
    print("%-26s %8s %8s %10s %8s", "", "GB/s", "ratio", "GETs/GiB", "opened")
    val checksums = images.map { case (name, image) => name -> (() => scan(remote(image))) }
    val sequence = () => streamed(remote(images(inOrder)))(drain)
    val rows = () => streamed(remote(images(inOrder)))(checksum)
    for (_ <- 1 to warmUp) {
      sequence()
      rows()
      checksums(inOrder)()
    }
    // Alternating, so that all meet the machine in the same state.
    val measured =
      Seq.fill(rounds)((sequence(), rows(), checksums.map { case (n, scan) => n -> scan() }))
    val base = measured.map(_._1).maxBy(_.rate)
    show("Hadoop's stream", base, base)
    show("same, summed in arrays", measured.map(_._2).maxBy(_.rate), base)
    for (name <- images.keys.toSeq.sorted) {
      val runs = measured.map(_._3(name))
      require(runs.map(_.sum).toSet == Set(runs.head.sum), s"$name was read in several ways")
      show(name, runs.maxBy(_.rate), base)
    }
    require(
      measured.head._3.values.map(_.sum).toSet.size == 1,
      "images of the same clusters differ"
    )
  }

  private def remote(image: Path): HadoopPath = new HadoopPath(root, image.getFileName.toString)

  private def scan(image: HadoopPath): Run = measure {
    val blocks = spark.read.format("diskimage").option("blockSize", row).load(image.toString)
    val sums = blocks.where("allocated").selectExpr("sum(crc32(data))", "sum(length)").head()
    (sums.getLong(1), sums.getLong(0))
  }

  /** Reads a file with all threads, each its part of it. */
  private def streamed(image: HadoopPath)(read: (FSDataInputStream, Long) => Long): Run = measure {
    val length = files.getFileStatus(image).getLen
    implicit val pool: ExecutionContext = ExecutionContext.global
    val parts = (0 until threads).map { i =>
      Future {
        Using.resource(files.open(image)) { in =>
          in.seek(length * i / threads)
          read(in, length * (i + 1) / threads - in.getPos)
        }
      }
    }
    parts.foreach(Await.ready(_, Duration.Inf))
    (length, parts.map(Await.result(_, Duration.Inf)).sum)
  }

  private def drain(in: FSDataInputStream, length: Long): Long = {
    val buffer = new Array[Byte](1 << 20)
    var left = length
    while (left > 0) {
      val got = in.read(buffer, 0, math.min(buffer.length.toLong, left).toInt)
      require(got > 0, s"the file ends $left bytes early")
      left -= got
    }
    0
  }

  /** What a scan cannot do without: an array of its own for each row, and its checksum. */
  private def checksum(in: FSDataInputStream, length: Long): Long = {
    var left = length
    var sum = 0L
    while (left > 0) {
      val rows = Seq.fill(math.min(64, (left + row - 1) / row).toInt) {
        val bytes = new Array[Byte](math.min(row.toLong, left).toInt)
        in.readFully(bytes)
        left -= bytes.length
        bytes
      }
      for (bytes <- rows) {
        val crc = new CRC32
        crc.update(bytes)
        sum += crc.getValue
      }
    }
    sum
  }

  private def measure(body: => (Long, Long)): Run = {
    ImageCache.get().clear()
    val opened = ImageCache.get().stats().opened()
    val gets = CountedRequests.gets.get
    val start = System.nanoTime()
    val (bytes, sum) = body
    val seconds = (System.nanoTime() - start) / 1e9
    Run(
      bytes,
      seconds,
      CountedRequests.gets.get - gets,
      ImageCache.get().stats().opened() - opened,
      sum
    )
  }

  private def show(name: String, run: Run, base: Run): Unit = {
    val gets = run.gets * (1L << 30).toDouble / run.bytes
    print("%-26s %8.2f %8.2f %10.0f %8d", name, run.rate, run.rate / base.rate, gets, run.opened)
  }

  private def print(format: String, values: Any*): Unit =
    System.out.println(String.format(Locale.ROOT, format, values.map(_.asInstanceOf[Object]): _*))
}
