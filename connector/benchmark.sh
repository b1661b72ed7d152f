#!/usr/bin/env bash
# Measures: connector/benchmark.sh [scan|check|write] [DIRECTORY [GIB]], or connector/benchmark.sh fleet [DIRECTORY [IMAGES]]
#   scan   against qemu-img: reading of stored data, metadata queries, opening (the default)
#   check  against qemu-img: checks and maps of a fleet of 2,000 images, a 4 TiB disk, a hostile image
#   write  against qemu-img: filling fresh images in order, also compressed; with a third argument only of formats named so
#   fleet  planning, images and checks of 1,000, 10,000, ... up to IMAGES small images (default 100,000) in 512 MiB of heap
# DIRECTORY keeps the images (default connector/spark/target/benchmark; a disk to scan has GIB, default 2).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
main=ScanBenchmark
amount=2
jvm=(-Xmx3g -XX:G1HeapRegionSize=32m)
case ${1:-} in
  scan) shift ;;
  check) main=CheckBenchmark && shift ;;
  write) main=WriteBenchmark && shift ;;
  fleet) main=FleetBenchmark amount=100000 jvm=(-Xmx512m) && shift ;;
esac
directory=${1:-connector/spark/target/benchmark}
amount=${2:-$amount}
mvn --batch-mode -q -pl connector/format,connector/spark test-compile
mvn --batch-mode -q -pl connector/format,connector/spark test-compile \
  dependency:build-classpath -Dmdep.outputFile="$PWD/connector/spark/target/benchmark.classpath" -Dmdep.includeScope=test
exports=()
for package in java.lang java.lang.invoke java.lang.reflect java.io java.net java.nio java.util java.util.concurrent \
  java.util.concurrent.atomic sun.nio.ch sun.nio.cs sun.security.action sun.util.calendar; do
  exports+=("--add-opens=java.base/$package=ALL-UNNAMED")
done
exec java "${jvm[@]}" "${exports[@]}" \
  -cp "connector/spark/target/test-classes:connector/spark/target/classes:connector/format/target/classes:$(cat connector/spark/target/benchmark.classpath)" \
  io.diskimage.spark.benchmark.$main "$directory" "$amount" "${@:3}"
