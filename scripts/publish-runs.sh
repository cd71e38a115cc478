#!/usr/bin/env bash
# Copies what a report needs of runs that are over: config, metrics, times, environment and outcome; not the weights.
#
#   scripts/publish-runs.sh results/paper/figure-2 results/runs/adding-t150-*
#
# Runs that are not over are named and left out.
set -euo pipefail

folder=$1
shift
for run in "$@"; do
  if [ ! -e "$run/DONE.json" ]; then
    echo "$run: not over, not published" >&2
    continue
  fi
  target=$folder/$(basename "$run")
  mkdir -p "$target"
  cp "$run"/{config.yaml,metrics.csv,timing.csv,meta.json,DONE.json} "$target"
done
