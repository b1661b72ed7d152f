#!/bin/bash
# Executes the notebooks with PySpark from PyPI and the packaged connector, in a virtual environment
# below notebooks/target. Without Python 3.11 with venv, or without its packages, it says so and is
# content; with DISKIMAGE_REQUIRE_ORACLE=1 it then fails.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
venv=$here/target/venv
mkdir -p "$here/target"

missing() {
  echo "notebooks: not tested, $1"
  [[ ${DISKIMAGE_REQUIRE_ORACLE:-} != 1 ]]
  exit
}

python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
  missing 'no python3 of at least 3.11 with venv'

# The copy of the requirements in it marks a complete environment.
if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt" ||
    missing 'the Python packages cannot be installed'
  cp "$here/requirements.txt" "$venv/requirements.txt"
fi

if [[ -z ${DISKIMAGE_JAR:-} ]]; then
  jars=("$here"/../connector/spark/target/spark-diskimage-*.jar)
  [[ -f ${jars[0]} ]] || {
    echo 'notebooks: no connector jar; run: mvn package -pl connector/spark -am' >&2
    exit 1
  }
  DISKIMAGE_JAR=$(realpath "${jars[0]}")
fi
DISKIMAGE_FLEET=$("$here/../examples/fleet/unpack-fleet.sh")
export DISKIMAGE_JAR DISKIMAGE_FLEET PYSPARK_PYTHON=$venv/bin/python

cd "$here"
exec "$venv/bin/python" -m pytest -p no:cacheprovider -o junit_family=xunit1 \
  -o junit_suite_name=notebooks --junitxml="$here/target/TEST-notebooks.xml" "$@" test_notebooks.py
