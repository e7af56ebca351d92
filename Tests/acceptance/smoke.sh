#!/usr/bin/env bash
# The smoke experiments: every spec is read, every smoke run is computed twice, with one and with two threads, and the two
# results must be the same bytes; a third call must find nothing left to do.
set -euo pipefail
cd "$(dirname "$0")/../.."

parsimony=.build/release/parsimony
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$parsimony" check
for threads in 1 2; do
  echo "smoke experiments with $threads thread(s)"
  "$parsimony" run --profile smoke --results "$work/$threads" --cache "$work/cache-$threads" --threads "$threads"
done

records=$(cd "$work/1" && find . -name record.json -o -name history.csv | LC_ALL=C sort)
if [ -z "$records" ]; then
  echo "the smoke experiments left no record" >&2
  exit 1
fi
other=$(cd "$work/2" && find . -name record.json -o -name history.csv | LC_ALL=C sort)
if [ "$records" != "$other" ]; then
  echo "one and two threads left different runs" >&2
  diff <(echo "$records") <(echo "$other") >&2
  exit 1
fi
while IFS= read -r file; do cmp "$work/1/$file" "$work/2/$file"; done <<<"$records"

again=$("$parsimony" run --profile smoke --results "$work/1" --cache "$work/cache-1")
if ! grep -q ' 0 to compute' <<<"$again"; then
  printf 'a second call computes something again:\n%s\n' "$again" >&2
  exit 1
fi
"$parsimony" report --results "$work/1" >/dev/null
echo "smoke experiments: $(grep -c record.json <<<"$records") runs, the same bytes with one and two threads; nothing is computed twice"
