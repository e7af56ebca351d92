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

# (b) A copy of the committed results, a one-shot record in it, and the tables before and after. A table of matched sizes reads its
# rows off several cells, so there any value of the record's method may change, but none of another.
proof="(b) one altered record"
render() { "$parsimony" report --results "$1" --committed "$1" >/dev/null; }
# The rows of a table, with semicolons for commas inside quotes.
rows_of() { awk -F'"' -v OFS= '{ for (i = 2; i <= NF; i += 2) gsub(",", ";", $i) } 1' "$1"; }
is_matched() { [[ $1 == *-matched*.csv ]]; }
only_one_shot() { [ -z "$1" ] || ! grep -qvE '^(.*,)?one-shot;' <<<"$1"; }
# The lines that a table of the folder $1 has and the same one of $2 has not.
lines_gone() { { diff <(rows_of "$work/$1/$3") <(rows_of "$work/$2/$3") || true; } | sed -n 's/^< //p'; }
mkdir "$work/before" && git archive HEAD results | tar -x -C "$work/before" --strip-components=1
render "$work/before"
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
    render "$work/altered"
    changed_tables=0
    wrong=""
    while IFS= read -r table; do
      old=$(lines_gone before altered "$table")
      new=$(lines_gone altered before "$table")
      [ "$old" != "$new" ] || continue
      if is_matched "$table"; then
        only_one_shot "$old" && only_one_shot "$new" || wrong="$wrong $table (other methods)"
        continue
      fi
      if [ "$(wc -l <<<"$old")" -ne 1 ] || [ "$(wc -l <<<"$new")" -ne 1 ]; then wrong="$wrong $table (several lines)"; fi
      # In a changed row of a table the columns of other metrics keep their values.
      if [[ $table == *.csv ]]; then
        changed_tables=$((changed_tables + 1))
        IFS=, read -ra names < <(rows_of "$work/before/$table")
        IFS=, read -ra was <<<"$old"
        IFS=, read -ra is <<<"$new"
        for column in "${!is[@]}"; do
          [ "${was[$column]:-}" = "${is[$column]}" ] || [[ ${names[$column]:-} == *accuracy* ]] ||
            wrong="$wrong $table (column ${names[$column]:-$column})"
        done
      fi
    done < <(tables "$work/before")
    if [ -z "$wrong" ] && [ "$changed_tables" -gt 0 ]; then
      pass "$proof changes one row in $changed_tables table(s), there only the columns of accuracy, and no other method at matched sizes"
    else
      fail "$proof: ${wrong:-no table changed} ($victim)"
    fi
  fi

  proof="(b) a deleted cell"
  cp -r "$work/before" "$work/deleted"
  rm -r "$work/deleted/${victim%-s*}"-s*
  render "$work/deleted"
  found=0
  wrong=""
  while IFS= read -r table; do
    [[ $table == *.csv ]] || continue
    added=$(lines_gone deleted before "$table")
    [ -n "$added" ] || continue
    if is_matched "$table"; then
      only_one_shot "$added" || wrong="$wrong $table"
    elif [ "$(wc -l <<<"$added")" -eq 1 ] && grep -q 'not run' <<<"$added"; then
      found=$((found + 1))
    else
      wrong="$wrong $table"
    fi
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
