package io.diskimage.cluster

import java.nio.file.Files
import java.util.jar.JarFile

import scala.io.Source
import scala.jdk.CollectionConverters._
import scala.util.Using

import org.scalatest.funsuite.AnyFunSuite

/** What the packaged connector jar holds, and what it must not hold. */
class PackagedJarSuite extends AnyFunSuite {

  private val jar = Build.connectorJar

  private val registration = "META-INF/services/org.apache.spark.sql.sources.DataSourceRegister"

  private lazy val entries: Set[String] =
    Using.resource(new JarFile(jar.toFile))(_.entries().asScala.map(_.getName).toSet)

  test("the jar is a file") {
    assert(Files.isRegularFile(jar), s"no packaged jar at $jar")
  }

  test("the jar holds the connector and the format drivers") {
    assert(entries.contains("io/diskimage/spark/package-info.class"))
    assert(entries.contains("io/diskimage/format/package-info.class"))
  }

  test("the jar holds no classes of others") {
    val foreign = entries.filter(_.endsWith(".class")).filterNot(_.startsWith("io/diskimage/"))
    assert(foreign.isEmpty)
  }

  test("every registered data source is a class in the jar") {
    val registered = Using.resource(new JarFile(jar.toFile)) { file =>
      Option(file.getEntry(registration)).toList.flatMap { entry =>
        Using.resource(Source.fromInputStream(file.getInputStream(entry), "UTF-8")) {
          _.getLines().map(_.takeWhile(_ != '#').trim).filter(_.nonEmpty).toList
        }
      }
    }
    assert(registered.nonEmpty)
    val missing = registered.filterNot(name => entries.contains(name.replace('.', '/') + ".class"))
    assert(missing.isEmpty)
  }

  test("the class path has the connector and the format drivers in the jar only") {
    for (name <- Seq("spark", "format")) {
      val resource = s"io/diskimage/$name/package-info.class"
      val found = getClass.getClassLoader.getResources(resource).asScala.map(_.toString).toSeq
      assert(found === Seq(s"jar:${jar.toFile.toURI}!/$resource"))
    }
  }
}
