#!/usr/bin/env bash
# Measures scans of images on HDFS and S3, both on this machine: cluster-tests/benchmark.sh [DIRECTORY [GIB]]
# DIRECTORY keeps the images (default cluster-tests/target/benchmark), whose disk has GIB (default 2).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
directory=${1:-cluster-tests/target/benchmark}
gib=${2:-2}
mvn --batch-mode -q pre-integration-test -pl cluster-tests -am -DskipTests
exports=()
for package in java.lang java.lang.invoke java.lang.reflect java.io java.net java.nio java.util java.util.concurrent \
  java.util.concurrent.atomic sun.nio.ch sun.nio.cs sun.security.action sun.util.calendar; do
  exports+=("--add-opens=java.base/$package=ALL-UNNAMED")
done
target=cluster-tests/target
exec java -Xmx3g -XX:G1HeapRegionSize=32m "${exports[@]}" ${DISKIMAGE_JAVA_OPTIONS:-} \
  -cp "$target/test-classes:$(ls connector/spark/target/spark-diskimage-*.jar | grep -v original):cluster-tests/services/target/classes:$target/spark-home/jars/*" \
  io.diskimage.cluster.benchmark.RemoteBenchmark "$directory" "$gib"
