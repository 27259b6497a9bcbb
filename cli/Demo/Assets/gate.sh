#!/bin/sh
# The demo's gate: every function has a test, every test passes, nobody left a conflict marker.
set -eu
n=0
for f in lib/*.sh; do
  name=$(basename "$f" .sh)
  [ -f "test/$name.sh" ] || { echo "lib/$name.sh has no test"; exit 1; }
  sh "test/$name.sh" || { echo "test/$name.sh failed"; exit 1; }
  n=$((n + 1))
done
if grep -rn '^<<<<<<<' TITLE lib test; then echo "conflict markers"; exit 1; fi
echo "$n tests passed"
[ "$n" -gt 0 ]
