#!/usr/bin/env bash
# Kills a plan with SIGKILL at random moments, forty times, and compares every record and history with those of an undisturbed
# run. The plan is that of kill/papers: every method on ResNet-20, and an LSTM. Takes some minutes; not part of `make test`.
# Usage: Tests/acceptance/kill.sh [KILLS]
set -euo pipefail
cd "$(dirname "$0")/../.."
kills=${1:-40}

make build
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
run() { # folder
  .build/release/parsimony run --papers Tests/acceptance/kill/papers --results "$work/$1/results" --cache "$work/$1/cache"
}
run undisturbed >"$work/log-undisturbed"
files() { (cd "$work/$1/results" && find . -name record.json -o -name history.csv | LC_ALL=C sort); }
files undisturbed >"$work/files"
[ -s "$work/files" ]

killed=0
plans=0
compared=0
different=0
resumed=0
: >"$work/log"
compare() {
  files killed | cmp -s - "$work/files" || { echo "other files: $(files killed | diff - "$work/files" || true)"; different=$((different + 1)); }
  while IFS= read -r file; do
    compared=$((compared + 1))
    cmp -s "$work/undisturbed/results/$file" "$work/killed/results/$file" || { echo "different: $file"; different=$((different + 1)); }
  done <"$work/files"
  plans=$((plans + 1))
  resumed=$((resumed + $(grep -c 'resumed at update' "$work/log" || true)))
  : >"$work/log"
  rm -rf "$work/killed"
}
export -f run
export work
while [ "$killed" -lt "$kills" ]; do
  setsid bash -c 'run killed' >>"$work/log" 2>&1 &
  group=$!
  for ((tenth = RANDOM % 40 + 5; tenth > 0; tenth--)); do
    sleep 0.1
    kill -0 "$group" 2>/dev/null || break
  done
  if kill -9 -- "-$group" 2>/dev/null; then killed=$((killed + 1)); fi
  if wait "$group" 2>/dev/null; then compare; fi
done
run killed >>"$work/log" 2>&1 || { tail -n 20 "$work/log"; exit 1; }
compare
echo "$killed kills in $plans plans: $compared files compared, $different different; $resumed runs went on from a checkpoint"
[ "$compared" -gt 0 ] && [ "$different" -eq 0 ] && [ "$resumed" -gt 0 ]
