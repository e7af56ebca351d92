#!/usr/bin/env bash
# Twelve short runs through a real Slurm of four nodes on this machine. One node is killed in the middle, then the jobs are cancelled,
# and each time the runs are submitted again; in the end every record is compared with that of a local run, byte by byte.
# Needs root and the packages that .ci/slurm installs; without them it says that it is skipped.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH=$PATH:/usr/sbin

if ! command -v slurmctld >/dev/null || ! command -v slurmd >/dev/null || ! command -v munged >/dev/null; then
  echo "SKIPPED: submission was not tested, because Slurm is not installed (.ci/slurm does it)"
  exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "SKIPPED: submission was not tested, because Slurm's daemons must be started as root"
  exit 0
fi

parsimony=$PWD/.build/release/parsimony
scripts=$PWD/Tests/acceptance
work=$(mktemp -d)
chmod 755 "$work"  # munged, another user, looks for its socket below it
cluster=$work/cluster
finish() {
  "$scripts/slurm-down.sh" "$cluster" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
fail() {
  echo "submission: $1" >&2
  tail -n 4 "$work"/results/.cluster/logs/*.log >&2 2>/dev/null || true
  exit 1
}

cat >"$work/cluster.yaml" <<'SPEC'
experiment: cluster
question: A test of the cluster.
network: lenet300-100
dataset: { name: fashion-mnist, trainingLimit: 8000, testLimit: 500, validation: 800 }
dense: { schedule: { constant: { rate: 0.05 } }, epochs: 30, batch: 64 }
shared:
  scheme: { chain: [ prune: { density: 0.1 }, float16 ] }
  retraining: { epochs: 12, batch: 64, keep: best-validation-loss }
methods: [ one-shot, one-shot-retrain, dense-continued ]
seeds: [1, 2, 3]
profiles: { quick: {} }
SPEC
if "$parsimony" plan "$work/cluster.yaml" --results "$work/none" --cache "$work/none" | grep -q 'needs data'; then
  echo "SKIPPED: submission was not tested, because Fashion-MNIST is not here"
  exit 0
fi
# Nothing of this shell's may decide how the jobs are submitted.
unset "${!SLURM_@}" "${!SBATCH_@}"

echo "the same runs on this machine, without a scheduler"
"$parsimony" run "$work/cluster.yaml" --results "$work/whole" --cache "$work/cache-whole" --jobs 2 >"$work/whole.log" ||
  { cat "$work/whole.log" >&2; fail "the local run failed"; }

"$scripts/slurm-up.sh" "$cluster" 4
export SLURM_CONF=$cluster/slurm.conf
results=$work/results
submit() { "$parsimony" submit "$work/cluster.yaml" --results "$results" --cache "$work/cache" "$@"; }
status() { "$parsimony" status --results "$results" --cache "$work/cache" "$@"; }
stored() { find "$results" -name record.json 2>/dev/null | wc -l; }
# Waits until a command succeeds, for so many seconds.
await() {
  local seconds=$1 what=$2 half
  shift 2
  for ((half = 0; half < 2 * seconds; half++)); do
    if "$@"; then return; fi
    sleep 0.5
  done
  fail "$what did not happen within $seconds s: $(squeue --array 2>&1)"
}
is_idle() { [ -z "$(squeue --noheader)" ]; }
is_running() { status | grep -q '^running'; }
# The processes of a node's jobs, and of the daemon that watches over them.
processes_of() {
  local entry process
  for entry in /proc/[0-9]*; do
    process=${entry#/proc/}
    if grep -qsz "^SLURM_CONF=$SLURM_CONF\$" "$entry/environ" && grep -qsz "^SLURMD_NODENAME=$1\$" "$entry/environ"; then
      echo "$process"
      awk '/^PPid/ { print $2 }' "$entry/status" | while read -r parent; do
        [[ $(cat "/proc/$parent/comm" 2>/dev/null) != slurmstepd* ]] || echo "$parent"
      done
    fi
  done 2>/dev/null | sort -u
}

# Wrong input first: none of it may submit anything.
refused() {
  local wanted=$1 said
  shift
  if said=$("$@" 2>&1); then fail "was accepted: $*"; fi
  grep -qF -- "$wanted" <<<"$said" || fail "$* said ‘$said’ and not ‘$wanted’"
}
refused "invalid partition specified: nowhere" submit --partition nowhere
refused "--time soon: must be" submit --time soon
refused "Slurm is not here" env PATH=/nowhere "$parsimony" submit "$work/cluster.yaml" --results "$results"
is_idle || fail "wrong input left a job"
scripts_shown=$(submit --dry-run --runs-per-task 1)
[ "$(grep -c '^#SBATCH --array=0-' <<<"$scripts_shown")" -eq 2 ] || fail "the dry run shows no scripts: $scripts_shown"
[ "$(find "$results" -name '*.jsonl' 2>/dev/null | wc -l)" -le 1 ] || fail "the dry run left a manifest"

echo "twelve runs, submitted twice"
submit --runs-per-task 1 --time 10
again=$(submit --runs-per-task 1)
grep -q '12 under way, 0 submitted' <<<"$again" || fail "the second submission: $again"

await 60 "a running run" is_running
node=$(squeue --noheader --states=running --format=%N | LC_ALL=C sort | head -n 1)
victims=$(processes_of "$node")
[ -n "$victims" ] || fail "no process of $node was found"
# shellcheck disable=SC2086
kill -KILL "$(cat "$cluster/slurmd.$node.pid")" $victims 2>/dev/null || true
echo "the node $node died while it trained a dense network: $(stored) records are stored"
await 240 "the end of all jobs" is_idle
table=$(status)
echo "$table"
grep -qE "^lost .* dense, .*its node failed \($node\)" <<<"$table" || fail "the dense network of $node is not reported as lost"
[ "$(grep -cE '^lost .*its dense network or its data were not there' <<<"$table")" -eq 3 ] || fail "three runs were to lack their dense network"
grep -q '^12 runs: 8 stored, 4 lost$' <<<"$table" || fail "eight runs were to be stored"

echo "submitted again, and cancelled while a run is computed"
said=$(submit --runs-per-task 2)
echo "$said"
grep -q '8 stored, 4 submitted in 3 tasks of 2 arrays' <<<"$said" || fail "four runs were to be submitted"
await 60 "a running run" is_running
sleep 1.5
"$parsimony" cancel --results "$results"
await 30 "the end of all jobs" is_idle
table=$(status)
echo "$table"
grep -qE '^lost .*stopped at update' <<<"$table" || fail "no run was kept when it was cancelled"
grep -q '^12 runs: 8 stored, 4 lost$' <<<"$table" || fail "four runs were to be reported as lost"

echo "submitted for the third time"
submit
await 240 "the end of all jobs" is_idle
status | grep -q '^12 runs: 12 stored$' || { status; fail "not all runs are stored"; }
submit | grep -q ' 0 submitted' || fail "stored runs were submitted"
resumed=$(grep -l '"resumedAt"' $(find "$results" -name attempt.json) | wc -l)
[ "$resumed" -gt 0 ] || fail "no run resumed from its checkpoint"

# One task again, as Slurm would start it once more: it finds its record and ends well; another number or other results are refused.
manifest=$(find "$results/.cluster/manifests" -name '*.jsonl' | LC_ALL=C sort | head -n 1)
"$parsimony" run --manifest "$manifest" --index 0 | grep -q ' 0 to compute' || fail "a stored task computed something"
refused "has no task 99" "$parsimony" run --manifest "$manifest" --index 99
refused "belongs to the results in" "$parsimony" run --manifest "$manifest" --index 0 --results "$work/whole"

files=$(cd "$work/whole" && find . -name record.json -o -name history.csv | LC_ALL=C sort)
[ "$(wc -l <<<"$files")" -eq 24 ] || fail "the local run has other files: $files"
[ "$files" = "$(cd "$results" && find . -name record.json -o -name history.csv | LC_ALL=C sort)" ] || fail "the cluster computed other runs"
while IFS= read -r file; do cmp "$work/whole/$file" "$results/$file"; done <<<"$files"
echo "submission: 12 runs on four nodes, one of which died, and cancelled once; $resumed resumed; all records are the bytes of the local run"
