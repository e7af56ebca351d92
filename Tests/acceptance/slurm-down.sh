#!/usr/bin/env bash
# Ends what slurm-up.sh started, by the files in which the daemons noted their process numbers, and removes the folder.
# Usage: slurm-down.sh FOLDER
set -uo pipefail
folder=$(realpath -m "$1")
export SLURM_CONF=$folder/slurm.conf

# One of the daemons, and not another process that has got the number of a dead one; a zombie still takes signals.
alive() {
  [[ $(cat "/proc/$1/comm" 2>/dev/null) == @(munged|slurmctld|slurmd) ]] &&
    [ "$(awk '/^State/ { print $2 }' "/proc/$1/status" 2>/dev/null)" != Z ]
}

# Without a controller scancel would hang.
controller=$(cat "$folder/slurmctld.pid" 2>/dev/null || true)
if [ -n "$controller" ] && alive "$controller"; then
  scancel --user="$(id -un)" 2>/dev/null
  sleep 1
fi
processes=()
for file in "$folder"/slurmctld.pid "$folder"/slurmd.*.pid "$folder"/munge/munged.pid; do
  [ -s "$file" ] && alive "$(cat "$file")" && processes+=("$(cat "$file")")
done
for process in "${processes[@]}"; do kill -TERM "$process" 2>/dev/null; done
for process in "${processes[@]}"; do
  for ((tenth = 0; tenth < 50; tenth++)); do
    alive "$process" || break
    sleep 0.1
  done
  alive "$process" && kill -KILL "$process"
done
rm -rf "$folder"
