#!/usr/bin/env bash
# Kills `make reproduce` with SIGKILL ten times at random moments, lets it finish, and compares every record and history with
# those of an undisturbed run. Takes some minutes; not part of `make test`. Usage: Tests/acceptance/kill.sh [KILLS] [PROFILE]
set -euo pipefail
cd "$(dirname "$0")/../.."
kills=${1:-10}
export PROFILE=${2:-quick}

if [ -e results/local ]; then
  echo "results/local exists: move it away first, this test needs the folder" >&2
  exit 2
fi
make build
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PARSIMONY_CACHE=$work/cache

for ((number = 1; number <= kills; number++)); do
  setsid make reproduce >"$work/log-$number" 2>&1 &
  group=$!
  pause=$((RANDOM % 14 + 2))
  for ((second = 0; second < pause; second++)); do
    sleep 1
    kill -0 "$group" 2>/dev/null || break
  done
  if kill -9 -- "-$group" 2>/dev/null; then ended="killed after $pause s"; else ended="had finished"; fi
  wait "$group" 2>/dev/null || true
  stored=$(find results/local -name record.json 2>/dev/null | wc -l)
  echo "$number: $ended, $stored records stored"
done
make reproduce >"$work/log-last" 2>&1 || { tail -n 20 "$work/log-last"; exit 1; }
resumed=$(grep -c 'resumed at update' "$work"/log-* | awk -F: '{ sum += $2 } END { print sum }')

PARSIMONY_CACHE=$work/undisturbed-cache .build/release/parsimony run --profile "$PROFILE" --jobs "$(nproc)" \
  --results "$work/undisturbed" >/dev/null
compared=0
different=0
while IFS= read -r file; do
  compared=$((compared + 1))
  cmp -s "$work/undisturbed/$file" "results/local/$file" || { echo "different: $file"; different=$((different + 1)); }
done < <(cd "$work/undisturbed" && find . -name record.json -o -name history.csv | LC_ALL=C sort)
extra=$(($(find results/local -name record.json -o -name history.csv | wc -l) - compared))
echo "$compared files compared, $different different, $extra more or fewer; $resumed runs went on from a checkpoint"
[ "$compared" -gt 0 ] && [ "$different" -eq 0 ] && [ "$extra" -eq 0 ]
