package io.diskimage.cluster

import java.io.File
import java.lang.ProcessBuilder.Redirect
import java.nio.file.{Files, Path}
import java.util.concurrent.TimeUnit

import scala.jdk.CollectionConverters._
import scala.util.matching.Regex

/** A master or worker of Spark, in a JVM that ends with this one.
  *
  * @param log
  *   what it prints
  * @param host
  *   address to listen on, its web pages included
  * @param main
  *   class that is started
  */
final class SparkDaemon(log: Path, host: String, main: String, arguments: Seq[String])
    extends AutoCloseable {

  private val process: Process = {
    val sparkHome = sys.env("SPARK_HOME")
    val classPath = s"${Build.suitesJar}${File.pathSeparator}$sparkHome/jars/*"
    val java = Path.of(sys.props("java.home"), "bin", "java").toString
    val tether = Tether.getClass.getName.stripSuffix("$")
    val jvm = Seq(java, "-Xmx256m", SparkDaemon.logging, "-cp", classPath)
    val command = jvm ++ SparkDaemon.openPackages ++ Seq(tether, main, "--host", host) ++ arguments
    val builder = new ProcessBuilder(command: _*).redirectErrorStream(true)
    builder.environment().put("SPARK_LOCAL_IP", host)
    builder.redirectOutput(Redirect.to(log.toFile)).start()
  }

  def handle: ProcessHandle = process.toHandle

  /** The group of a pattern in what was printed so far.
    *
    * @throws NoSuchElementException
    *   if nothing matches by now
    */
  def logged(pattern: Regex): String = {
    val printed = Files.readString(log)
    val found = pattern.findFirstMatchIn(printed).map(_.group(1))
    found.getOrElse(throw new NoSuchElementException(s"$pattern in $log:\n$printed"))
  }

  override def close(): Unit = {
    process.getOutputStream.close()
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor()
    }
  }
}

object SparkDaemon {

  /** Spark's own, and not that of the suites, which lets only warnings through. */
  private val logging =
    "-Dlog4j2.configurationFile=classpath:org/apache/spark/log4j2-defaults.properties"

  /** As this JVM was given them. */
  private val openPackages: Seq[String] = {
    val arguments = java.lang.management.ManagementFactory.getRuntimeMXBean.getInputArguments
    arguments.asScala.filter(_.startsWith("--add-opens")).toSeq
  }
}

/** Runs a main class until standard input ends: it is a pipe to the JVM that started this one. */
object Tether {
  def main(arguments: Array[String]): Unit = {
    val end: Runnable = () => {
      while (System.in.read() >= 0) {}
      Runtime.getRuntime.halt(0)
    }
    val waiting = new Thread(end, "tether")
    waiting.setDaemon(true)
    waiting.start()
    val main = Class.forName(arguments.head).getMethod("main", classOf[Array[String]])
    main.invoke(null, arguments.tail)
  }
}
