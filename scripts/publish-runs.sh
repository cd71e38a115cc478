#!/usr/bin/env bash
# Copies what a report and another machine need of runs: config, metrics, times, environment, the outcome of those that are
# over, and the newest checkpoint where it is small (under 512 KiB), so that a run can be continued elsewhere.
#
#   scripts/publish-runs.sh results/paper/figure-2 results/runs/adding-t150-*
#
# Checkpoints that an earlier call copied and that are not the newest any more are deleted.
set -euo pipefail

folder=$1
shift
for run in "$@"; do
  [ -s "$run/metrics.csv" ] || continue
  target=$folder/$(basename "$run")
  mkdir -p "$target"
  # The record first: what is written while this runs is newer, and then lacks nothing that the record counts on.
  record=$(find "$run" -name 'checkpoint-*.json' -printf '%f\n' | sort -t- -k2 -n | tail -n 1)
  find "$target" -name 'checkpoint-*' ! -name "${record%.json}.*" -delete
  rm -f "$target/DONE.json"
  if [ -n "$record" ]; then
    weights=$run/${record%.json}.safetensors
    if [ "$(stat -c %s "$weights")" -lt 524288 ]; then cp "$weights" "$run/$record" "$target"; fi
  fi
  cp "$run"/{config.yaml,metrics.csv,timing.csv,meta.json} "$target"
  if [ -e "$run/DONE.json" ]; then cp "$run/DONE.json" "$target"; fi
done
