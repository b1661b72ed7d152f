#!/bin/bash
# Reports on a fleet of disk images: fleet-report.sh [OPTION...] [PATH...], see --help.
# Without PATH it unpacks and scans the sample fleet. Needs a JDK 17 and Maven; builds what is missing.
set -euo pipefail

examples=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$examples")
launch=$examples/target/fleet-report.args

# Whether the last build was after the last change, and all of its class path still exists.
built() {
  local sources=("$root/pom.xml" "$root"/connector/*/pom.xml "$root"/connector/*/src/main
    "$examples/pom.xml" "$examples/src/main")
  local stamp=$examples/target/fleet-report.built jar jars=()
  [[ -f $launch && -f $stamp && -z $(find "${sources[@]}" -newer "$stamp" -print -quit) ]] || return 1
  IFS=: read -ra jars < <(sed -nE 's/^-cp "(.*)"$/\1/p' "$launch")
  for jar in "${jars[@]}"; do
    [[ -f $jar ]] || return 1
  done
}

if ! built; then
  echo 'fleet-report: building (the first time also fetches Spark, which takes minutes)' >&2
  # From the root, for the options of Maven's own JVM in .mvn.
  (cd "$root" && mvn -q -pl examples -am package -DskipTests -Dspotless.check.skip=true >&2)
fi

options=("-Xmx${DISKIMAGE_HEAP:-2g}" "-Ddiskimage.fleet.unpack=$examples/fleet/unpack-fleet.sh")
if [[ -t 2 ]]; then
  options+=(-Dspark.ui.showConsoleProgress=true)
fi
java=java
if [[ -n ${JAVA_HOME:-} ]]; then
  java=$JAVA_HOME/bin/java
fi
exec "$java" "${options[@]}" "@$launch" "$@"
