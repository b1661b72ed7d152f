#!/usr/bin/env bash
# Measures against qemu-img: connector/benchmark.sh [scan|check] [DIRECTORY [GIB]]
#   scan   reading of stored data, metadata queries, opening (the default)
#   check  checks and maps: a fleet of 2,000 images, a 4 TiB disk, a hostile image
# DIRECTORY keeps the images (default connector/spark/target/benchmark; a disk to scan has GIB, default 2).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
main=ScanBenchmark
case ${1:-} in
  scan) shift ;;
  check) main=CheckBenchmark && shift ;;
esac
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
  io.diskimage.spark.benchmark.$main "$directory" "$gib"
