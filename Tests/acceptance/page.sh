#!/usr/bin/env bash
# The page over the committed results, in a real browser: renders it from a copy, opens it from disk in headless Chromium, sets a
# filter, clears it, follows a cell to its runs and back, hovers over a curve, opens a shared address; fails on any script error.
# With PARSIMONY_SCREENSHOTS=<folder> it also leaves pictures there. Install Chromium with .ci/browser.
set -euo pipefail
cd "$(dirname "$0")/../.."

parsimony=$PWD/.build/release/parsimony
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -z "$browser" ]; then
  echo "the page cannot be tested: there is no Chromium on the PATH; .ci/browser installs it" >&2
  exit 1
fi

cp -r results papers "$work/"
rm -rf "$work/results/local"
(cd "$work" && "$parsimony" report --results results >"$work/report.log" 2>&1) || { cat "$work/report.log" >&2; exit 1; }
page=$work/results/index.html
bytes=$(wc -c <"$page")
if [ "$bytes" -ge 2000000 ]; then
  echo "the page has $bytes bytes, more than two million" >&2
  exit 1
fi

# A copy of the page in which every error is noted, pictures load at once, and a script at the end acts like a reader.
sed 's/<img loading="lazy"/<img loading="eager"/' "$page" | awk -v catch="$PWD/Tests/acceptance/page-errors.js" -v act="$PWD/Tests/acceptance/page-reader.js" '
  function put(file, line) { print "<script>"; while ((getline line <file) > 0) print line; print "</script>" }
  /^<head>$/ { print; put(catch); next }
  /^<\/body>$/ { put(act) }
  { print }' >"$work/results/tested.html"

# Runs the browser; what it says about its own surroundings (no bus, no display) is of no interest unless it fails.
browse() {
  timeout 120 "$browser" --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars \
    --user-data-dir="$work/profile" --virtual-time-budget=20000 "$@" 2>"$work/browser.log"
}
open_page() {
  browse --window-size=1400,1000 --dump-dom "file://$work/results/tested.html$1" >"$work/dom.html" || {
    tail -n 20 "$work/browser.log" >&2
    echo "Chromium failed" >&2
    exit 1
  }
  sed -n 's/^\(passed\|FAILED\): /\1: /p' "$work/dom.html"
}

findings=$(open_page "")
# The address that the first visit left is opened as someone would who was sent it.
shared=$(sed -nE 's/^passed: the address is (.*)$/\1/p' <<<"$findings" | sed 's/&amp;/\&/g')
findings+=$'\n'$(open_page "$shared" | sed -n 's/: \(opened with\)/: \1/p')
echo "$findings"
if grep -q '^FAILED' <<<"$findings" || ! grep -q '^passed: the reader is done' <<<"$findings" ||
  ! grep -q '^passed: opened with' <<<"$findings"; then
  echo "the page failed in the browser" >&2
  exit 1
fi
# What a followed cell leads to is there.
record=$(sed -n 's/^passed: a cell leads to //p' <<<"$findings" | head -n 1)
[ -f "$work/results/$record" ] || { echo "there is no $record" >&2; exit 1; }

if [ -n "${PARSIMONY_SCREENSHOTS:-}" ]; then
  mkdir -p "$PARSIMONY_SCREENSHOTS"
  for width in 1400 420; do
    for scheme in light dark; do
      number=$([ "$scheme" = dark ] && echo 0 || echo 1)
      browse --window-size="$width,2400" --blink-settings=preferredColorScheme="$number" \
        --screenshot="$PARSIMONY_SCREENSHOTS/page-$width-$scheme.png" "file://$page" >/dev/null
    done
  done
fi
echo "the page: $bytes bytes, $(grep -c '^passed' <<<"$findings") findings in $("$browser" --version 2>/dev/null)"
