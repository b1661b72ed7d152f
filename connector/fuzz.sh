#!/usr/bin/env bash
# Fuzzes the format drivers with Jazzer: connector/fuzz.sh [DRIVER|all [SECONDS [DIRECTORY]]]
#   DRIVER     qcow2, parallels, vpc, vdi, parallels-bundle (default all, one behind the other)
#   SECONDS    for each driver (default 60)
#   DIRECTORY  keeps the inputs, for the next run to go on from, and what was found as found-*
#              (default connector/format/target/fuzz)
# Ends with an exit code other than 0 as soon as an input is found that fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
directory=${3:-connector/format/target/fuzz}
mvn --batch-mode -q -pl connector/format test-compile \
  dependency:build-classpath -Dmdep.outputFile="$PWD/connector/format/target/fuzz.classpath" -Dmdep.includeScope=test
exec java -cp "connector/format/target/test-classes:connector/format/target/classes:$(cat connector/format/target/fuzz.classpath)" \
  io.diskimage.format.hostile.Fuzzing "${1:-all}" "${2:-60}" "$directory"
