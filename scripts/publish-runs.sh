#!/usr/bin/env bash
# Copies what a report and another machine need of runs: config, metrics, times, environment, the outcome of those that are
# over, and where they are small (under 512 KiB) the newest checkpoint, so that a run can be continued elsewhere, and the one
# that DONE.json names as the best.
#
#   scripts/publish-runs.sh results/paper/figure-2 results/runs/adding-t150-*
#
# Checkpoints that an earlier call copied and that are neither any more are deleted.
set -euo pipefail

folder=$1
shift
for run in "$@"; do
  [ -s "$run/metrics.csv" ] || continue
  target=$folder/$(basename "$run")
  mkdir -p "$target"
  # The record first: what is written while this runs is newer, and then lacks nothing that the record counts on.
  record=$(find "$run" -name 'checkpoint-*.json' -printf '%f\n' | sort -t- -k2 -n | tail -n 1)
  best=$(node -p 'JSON.parse(fs.readFileSync(process.argv[1], "utf8")).best?.checkpoint ?? ""' "$run/DONE.json" 2> /dev/null || true)
  find "$target" -name 'checkpoint-*' ! -name "${record%.json}.*" ! -name "${best%.safetensors}.*" -delete
  rm -f "$target/DONE.json"
  for kept in $(printf '%s\n' "${record%.json}" "${best%.safetensors}" | sort -u); do
    weights=$run/$kept.safetensors
    if [ "$(stat -c %s "$weights")" -lt 524288 ]; then cp "$weights" "$run/$kept.json" "$target"; fi
  done
  cp "$run"/{config.yaml,metrics.csv,timing.csv,meta.json} "$target"
  if [ -e "$run/DONE.json" ]; then cp "$run/DONE.json" "$target"; fi
done
