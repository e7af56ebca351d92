#!/usr/bin/env bash
# The local pool with real runs: two ‘run’ commands on one folder share the work, children end within a second of a killed parent,
# TERM keeps the state of what is computed, and whatever happened, the records are those of an undisturbed run.
set -euo pipefail
cd "$(dirname "$0")/../.."

parsimony=$PWD/.build/release/parsimony
work=$(mktemp -d)
processes=()
finish() {
  for process in "${processes[@]}"; do kill -9 "$process" 2>/dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT
fail() { echo "the local pool: $1" >&2; exit 1; }

# Each run takes some seconds; the data set is the one that ‘make dependencies’ installs.
cat >"$work/pool.yaml" <<'SPEC'
experiment: pool
question: A test of the pool.
network: lenet300-100
dataset: { name: fashion-mnist, trainingLimit: 5000, testLimit: 500, validation: 500 }
dense: { schedule: { constant: { rate: 0.05 } }, epochs: 18, batch: 64 }
shared:
  scheme: { chain: [ prune: { density: 0.1 }, float16 ] }
  retraining: { epochs: 18, batch: 64, keep: best-validation-loss }
methods: [ one-shot, one-shot-retrain ]
seeds: [1, 2, 3]
profiles: { quick: {} }
SPEC
run() { "$parsimony" run "$work/pool.yaml" --results "$work/$1" --cache "$work/cache-$1" "${@:2}"; }
# The same in the background, as the process ‘parent’ itself and not as a shell around it.
start() {
  "$parsimony" run "$work/pool.yaml" --results "$work/$1" --cache "$work/cache-$1" >"$work/$2.log" 2>&1 &
  parent=$!
  processes+=("$parent")
}
compare() {
  local files file
  files=$(cd "$work/whole" && find . -name record.json -o -name history.csv | LC_ALL=C sort)
  [ "$files" = "$(cd "$work/$1" && find . -name record.json -o -name history.csv | LC_ALL=C sort)" ] || fail "$1 has other runs"
  while IFS= read -r file; do cmp "$work/whole/$file" "$work/$1/$file"; done <<<"$files"
}
# The processes that compute runs of a folder.
children() { grep -lsz "^$work/cache-$1/jobs/" /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3 || true; }

out=$(run nodata --set dataset.name=nowhere 2>&1) && fail "a data set that does not exist was accepted: $out"
if "$parsimony" plan "$work/pool.yaml" --results "$work/none" | grep -q 'needs data'; then
  echo "SKIPPED: the local pool was not tested, because Fashion-MNIST is not here"
  exit 0
fi
run whole --jobs 2 >"$work/whole.log" || { cat "$work/whole.log" >&2; fail "the undisturbed run failed"; }

# Two commands at once: every run is computed by one of them.
start shared first
start shared second
for process in "${processes[@]}"; do wait "$process" || fail "one of two commands failed: $(cat "$work"/{first,second}.log)"; done
computed=$(cat "$work/first.log" "$work/second.log" | grep -c '^finished')
[ "$computed" -eq 9 ] || fail "two commands computed $computed runs where there are 9: $(cat "$work"/{first,second}.log)"
grep -q '^finished' "$work/first.log" && grep -q '^finished' "$work/second.log" || fail "one command did all the work"
compare shared

# The parent is killed: its children are gone a second later; nobody is kept waiting by its locks.
start killed killed
for ((tenth = 0; tenth < 100; tenth++)); do [ -n "$(children killed)" ] && break; sleep 0.1; done
[ -n "$(children killed)" ] || fail "no child was seen"
sleep 1
{ kill -9 "$parent" && wait "$parent"; } 2>/dev/null || true
sleep 1
[ -z "$(children killed)" ] || fail "a child was still there a second after its parent was killed"

# TERM: the run in progress is kept at the update it had reached, and resumes there. It is the run that was killed before.
start killed stopped
for ((tenth = 0; tenth < 100; tenth++)); do [ -n "$(children killed)" ] && break; sleep 0.1; done
sleep 1
kill -TERM "$parent"
status=0
wait "$parent" || status=$?
[ "$status" -eq 75 ] || fail "a stopped command ended with status $status: $(cat "$work/stopped.log")"
grep -q '^stopped .*it resumes there' "$work/stopped.log" || fail "no run was stopped: $(cat "$work/stopped.log")"
update=$(sed -nE 's/^stopped .*at update ([0-9]+) .*/\1/p' "$work/stopped.log" | head -n 1)
[ "$(find "$work/killed" -name .locks -prune -o -name record.json -print | wc -l)" -lt 9 ] || fail "nothing was left to resume"
run killed --jobs 2 >"$work/resumed.log" || fail "the resumed command failed: $(cat "$work/resumed.log")"
grep -q "resumed at update $update" "$work/resumed.log" || fail "no run resumed at update $update: $(cat "$work/resumed.log")"
[ -z "$(ls "$work/killed/.locks")" ] || fail "locks were left: $(ls "$work/killed/.locks")"
compare killed
echo "the local pool: two commands shared 9 runs, children ended with their killed parent, TERM kept update $update; all records are the same bytes"
