package io.diskimage.cluster

import java.io.IOException
import java.nio.charset.StandardCharsets.UTF_8

/** Programs of this machine. */
object Programs {

  /** Runs a program; what it printed, if it succeeded. */
  def run(command: String*): String = {
    val process = new ProcessBuilder(command: _*).redirectErrorStream(true).start()
    process.getOutputStream.close()
    val output = new String(process.getInputStream.readAllBytes(), UTF_8)
    val exitCode = process.waitFor()
    if (exitCode != 0) {
      throw new IOException(s"${command.mkString(" ")} ended with $exitCode\n$output")
    }
    output
  }

  def starts(program: String): Boolean =
    try run(program, "--version").nonEmpty
    catch { case _: IOException => false }
}
