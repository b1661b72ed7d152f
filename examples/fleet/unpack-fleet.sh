#!/bin/bash
# Unpacks the sample fleet into examples/target/fleet unless it is there, and prints that directory.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$here/../target"
target=$(cd "$here/../target" && pwd)

# The sum of the archive in its mark tells an older fleet from the one to be used.
sum=$(cksum <"$here/fleet.tar.gz")
if [[ $(cat "$target/fleet.unpacked" 2>/dev/null) != "$sum" || ! -d $target/fleet ]]; then
  unpacking=$(mktemp -d "$target/fleet.XXXXXX")
  tar -xzf "$here/fleet.tar.gz" -C "$unpacking"
  rm -rf "$target/fleet"
  mv "$unpacking/fleet" "$target/fleet"
  rmdir "$unpacking"
  echo "$sum" >"$target/fleet.unpacked"
fi
echo "$target/fleet"
