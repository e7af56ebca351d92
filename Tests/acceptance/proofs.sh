#!/usr/bin/env bash
# What the committed results must satisfy, proved on this clone: (a) rendering them again changes nothing, (b) one altered
# record changes its cells and no others, a deleted one gives ‘not run’, (c) a record is computed again with the same bits,
# (d) every record belongs to a spec in papers/. Prints what each proof found; ends with the count.
set -euo pipefail
cd "$(dirname "$0")/../.."

parsimony=.build/release/parsimony
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
skipped=0

pass() { echo "passed: $1"; passed=$((passed + 1)); }
fail() { echo "FAILED: $1"; failed=$((failed + 1)); }
skip() { echo "SKIPPED, NOT PROVED: $1"; skipped=$((skipped + 1)); }
finish() {
  [ "$skipped" -eq 0 ] || echo "$skipped proofs were skipped"
  echo "proofs: $passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}

mapfile -t records < <(git ls-files 'results/*/record.json' | LC_ALL=C sort)
if [ ${#records[@]} -eq 0 ]; then
  for proof in "(a) rendering again" "(b) altered and deleted records" "(c) verify" "(d) specs of records"; do
    skip "$proof: there are no committed records yet"
  done
  finish
  exit
fi

# (a)
proof="(a) rendering ${#records[@]} committed records again"
"$parsimony" report --results results >"$work/report.log" 2>&1 || { cat "$work/report.log"; fail "$proof: report failed"; }
changes=$(git status --porcelain --untracked-files=all -- results)
if [ -z "$changes" ] && git diff --exit-code --stat -- results; then
  pass "$proof leaves every file in results/ as it is committed"
else
  fail "$proof changes: $changes"
fi

# (b) A copy of the committed results, a one-shot record in it, and the tables before and after.
proof="(b) one altered record"
mkdir "$work/before" && git archive HEAD results | tar -x -C "$work/before" --strip-components=1
"$parsimony" report --results "$work/before" >/dev/null
victim=""
for record in "${records[@]}"; do
  if grep -q '"one-shot" :' "$record" && grep -q '"status" : "finished"' "$record"; then victim=${record#results/}; break; fi
done
# The table of claims repeats what cells say, in as many rows as there are claims on a cell.
tables() { (cd "$1" && find . \( -path '*/tables/*.csv' -o -path '*/figures/*.dat' \) ! -name 'claims.*' | LC_ALL=C sort); }
if [ -z "$victim" ]; then
  skip "$proof: there is no finished one-shot record"
else
  cp -r "$work/before" "$work/altered"
  sed -i -E 's/^( *"test-accuracy" : )[0-9.e-]+/\10.123456/' "$work/altered/$victim"
  if cmp -s "$work/before/$victim" "$work/altered/$victim"; then
    fail "$proof: $victim has no test accuracy"
  else
    "$parsimony" report --results "$work/altered" >/dev/null
    rows=0
    wrong=""
    while IFS= read -r table; do
      changed=$(diff "$work/before/$table" "$work/altered/$table" | grep -c '^>' || true)
      gone=$(diff "$work/before/$table" "$work/altered/$table" | grep -c '^<' || true)
      [ "$changed" -eq "$gone" ] && [ "$changed" -le 1 ] || wrong="$wrong $table ($changed lines)"
      # In a changed row of a table the columns of other metrics keep their values.
      if [ "$changed" -eq 1 ] && [[ $table == *.csv ]]; then
        rows=$((rows + 1))
        IFS=, read -ra names < "$work/before/$table"
        IFS=, read -ra old < <(diff "$work/before/$table" "$work/altered/$table" | sed -n 's/^< //p')
        IFS=, read -ra new < <(diff "$work/before/$table" "$work/altered/$table" | sed -n 's/^> //p')
        for column in "${!new[@]}"; do
          [ "${old[$column]:-}" = "${new[$column]}" ] || [[ ${names[$column]:-} == *accuracy* ]] ||
            wrong="$wrong $table (column ${names[$column]:-$column})"
        done
      fi
    done < <(tables "$work/before")
    if [ -z "$wrong" ] && [ "$rows" -gt 0 ]; then
      pass "$proof changes one row in $rows table(s), there only the columns of accuracy"
    else
      fail "$proof: ${wrong:-no table changed} ($victim)"
    fi
  fi

  proof="(b) a deleted cell"
  cp -r "$work/before" "$work/deleted"
  rm -r "$work/deleted/${victim%-s*}"-s*
  "$parsimony" report --results "$work/deleted" >/dev/null
  found=0
  wrong=""
  while IFS= read -r table; do
    [[ $table == *.csv ]] || continue
    added=$({ diff "$work/before/$table" "$work/deleted/$table" || true; } | sed -n 's/^> //p')
    [ -n "$added" ] || continue
    if [ "$(wc -l <<<"$added")" -eq 1 ] && grep -q 'not run' <<<"$added"; then found=$((found + 1)); else wrong="$wrong $table"; fi
  done < <(tables "$work/before")
  if [ -z "$wrong" ] && [ "$found" -gt 0 ]; then
    pass "$proof gives ‘not run’ in its row of $found table(s) and changes no other row"
  else
    fail "$proof: ${wrong:-no row says ‘not run’} ($victim)"
  fi
fi

# (c) The quickest dense run on data every machine has after make dependencies.
proof="(c) verify"
quickest=""
least=""
for record in "${records[@]}"; do
  folder=${record%/record.json}
  [ -f "$folder/attempt.json" ] || continue
  grep -q '"name" : "fashion-mnist"' "$record" || continue
  ! grep -q '"parent"' "$record" || continue
  seconds=$(sed -nE 's/^ *"processorSeconds" : ([0-9.]+).*/\1/p' "$folder/attempt.json" | head -n 1)
  [ -n "$seconds" ] || continue
  if [ -z "$least" ] || awk "BEGIN { exit !($seconds < $least) }"; then least=$seconds quickest=$folder; fi
done
if [ -z "$quickest" ]; then
  skip "$proof: there is no committed dense record on Fashion-MNIST"
else
  result=$("$parsimony" verify "$quickest" --threads 2 2>&1) || true
  if grep -q 'the same bits' <<<"$result"; then pass "$proof $result (it took $least CPU-seconds)"; else fail "$proof $result"; fi
fi

# (d) The plan of every profile, with the specs as they stand, must contain every committed run.
proof="(d) specs of records"
unknown=""
unfinished=0
for profile in smoke quick standard paper; do
  "$parsimony" plan --profile "$profile" --results results >"$work/plan-$profile" || true
done
for record in "${records[@]}"; do
  folder=${record%/record.json}
  profile=$(basename "$(dirname "$folder")")
  if [ "$profile" = samples ]; then  # a search names its samples by their digests
    name=$(basename "$folder")
    searches=("$(dirname "$(dirname "$folder")")"/*-s"${name##*-s}"/record.json)
    grep -qF "\"${name%-s*}\"" "${searches[@]}" 2>/dev/null || unfinished=$((unfinished + 1))
    continue
  fi
  grep -qF "$(basename "$folder")" "$work/plan-$profile" 2>/dev/null || unknown="$unknown $folder"
done
if [ -z "$unknown" ]; then
  pass "$proof: each of ${#records[@]} digests is that of a run of a spec in papers/, or a sample of a search ($unfinished of searches that are not finished)"
else
  fail "$proof: no spec has$unknown"
fi
finish
