#!/usr/bin/env bash
# Measures scans by Spark against qemu-img: connector/benchmark.sh [DIRECTORY [GIB]]
# DIRECTORY keeps the images (default connector/spark/target/benchmark; the disk's size is GIB, default 2).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
directory=${1:-connector/spark/target/benchmark}
gib=${2:-2}
mvn --batch-mode -q -pl connector/format,connector/spark test-compile
mvn --batch-mode -q -pl connector/format,connector/spark test-compile \
  dependency:build-classpath -Dmdep.outputFile="$PWD/connector/spark/target/benchmark.classpath" -Dmdep.includeScope=test
exports=()
for package in java.lang java.lang.invoke java.lang.reflect java.io java.net java.nio java.util java.util.concurrent \
  java.util.concurrent.atomic sun.nio.ch sun.nio.cs sun.security.action sun.util.calendar; do
  exports+=("--add-opens=java.base/$package=ALL-UNNAMED")
done
exec java -Xmx3g -XX:G1HeapRegionSize=32m "${exports[@]}" \
  -cp "connector/spark/target/test-classes:connector/spark/target/classes:connector/format/target/classes:$(cat connector/spark/target/benchmark.classpath)" \
  io.diskimage.spark.benchmark.ScanBenchmark "$directory" "$gib"
