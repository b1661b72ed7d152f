package io.diskimage.cluster

import java.net.URI

import scala.jdk.CollectionConverters._
import scala.util.Using

import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.{FileSystem, Path => HadoopPath}
import org.scalatest.Suite

import io.diskimage.services.{HdfsService, S3Service}

/** A copy of the fleet on a storage that lasts as long as the suite. */
trait CopiedFleet extends LocalFleet with SparkCluster { this: Suite =>

  /** Starts with the session at the latest, and has the settings of `storageConf`. */
  protected def storage: URI

  override protected def fleetRoot: String = s"${storage.toString.stripSuffix("/")}/fleet"

  override protected def beforeAll(): Unit = {
    super.beforeAll()
    val conf = new Configuration(spark.sparkContext.hadoopConfiguration)
    Using.resource(FileSystem.newInstance(storage, conf)) { files =>
      files.copyFromLocalFile(new HadoopPath(fleetDirectory.toUri), new HadoopPath(fleetRoot))
    }
  }
}

/** The fleet on HDFS, each block on two datanodes. */
trait HdfsFleet extends CopiedFleet { this: Suite =>

  /** What datanodes say of themselves in the locations of blocks. */
  protected def datanodeHosts: Seq[String] = Seq("127.0.0.1", "127.0.0.1")

  protected lazy val hdfs: HdfsService = HdfsService.start(Build.target, datanodeHosts.asJava)

  override protected def storage: URI = hdfs.uri

  // Larger images have several blocks.
  override protected def storageConf: Map[String, String] =
    super.storageConf ++ Map("dfs.replication" -> "2", "dfs.blocksize" -> "1048576")

  override protected def release(): Unit =
    try super.release()
    finally hdfs.close()
}

/** The fleet in a bucket, read through S3A. */
trait S3Fleet extends CopiedFleet { this: Suite =>
  protected lazy val s3: S3Service = S3Service.start(Build.target)

  /** What S3A asks: the service or something before it. */
  protected def s3Endpoint: URI = s3.endpoint

  override protected def storage: URI = URI.create(s"s3a://${S3Service.BUCKET}/")

  override protected def storageConf: Map[String, String] =
    super.storageConf ++ S3Service.configuration(s3Endpoint).asScala

  override protected def release(): Unit =
    try super.release()
    finally s3.close()
}
