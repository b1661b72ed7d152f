package io.diskimage.cluster

import org.apache.spark.TaskContext
import org.apache.spark.sql.{DataFrame, Encoders, Row}

/** An executor has read blocks of an image in a partition of a scan. */
case class Reading(executor: String, path: String, partition: Int)

object Reading {

  /** Reads all rows of a scan, their bytes included. The columns are path and data. */
  def scan(blocks: DataFrame): Seq[Reading] =
    blocks.mapPartitions(readAll _)(Encoders.product[Reading]).collect().toSeq

  /** Executors run this; see [[ConnectorProcess]]. */
  private def readAll(rows: Iterator[Row]): Iterator[Reading] = {
    val executor = ConnectorProcess.executorId()
    val partition = TaskContext.getPartitionId()
    rows
      .filter(row => row.getAs[Array[Byte]](1).nonEmpty)
      .map(row => Reading(executor, row.getString(0), partition))
      .toSet
      .iterator
  }
}
