#!/usr/bin/env bash
# What running through `irnn-run sweep` costs and brings, on a machine with two idle cores (about 12 minutes):
#
#   overhead    1,000 runs of 0 steps by a sweep, against the same 1,000 processes started by xargs
#   throughput  4 runs of adding-t150 (20,000 steps x 1.5 ms = 30 s each), two jobs against one
#   memory      peak resident memory of the sweep process over 5,000 runs that are done already
#
# usage: scripts/bench-sweeps.sh [overhead] [throughput] [memory]
set -euo pipefail
cd "$(dirname "$0")/.."
program=$PWD/bin/irnn-run.js
jobs=2
runs=${RUNS:-1000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/zero.yaml" <<'YAML'
name: zero
task: { name: adding, T: 5, train_size: 50, valid_size: 8, test_size: 8 }
model: { type: irnn, hidden: 3 }
training: { steps: 0, batch: 4, learning_rate: 0.01 }
evaluate: { every: 30 }
YAML
printf 'name: zero\nbase: zero.yaml\nseeds: %d\n' "$runs" >"$work/zeros.yaml"
printf 'name: many\nbase: zero.yaml\nseeds: 5000\n' >"$work/many.yaml"
printf 'name: speed\nbase: %s\nset: { training.steps: 20000, stop: null }\nseeds: 4\n' "$PWD/configs/adding-t150.yaml" \
  >"$work/speed.yaml"

seconds() { # seconds COMMAND...: its wall-clock time
  local begin end
  begin=$(date +%s%N)
  "$@" >/dev/null 2>"$work/stderr" || { cat "$work/stderr" >&2; return 1; }
  end=$(date +%s%N)
  awk -v ns=$((end - begin)) 'BEGIN { printf "%.1f", ns / 1e9 }'
}
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'; }

overhead() {
  local by_sweep bare manifest
  by_sweep=$(seconds node "$program" sweep "$work/zeros.yaml" --jobs $jobs --quiet --out "$work/a")
  # The same lines of the same manifest, without the sweep.
  mkdir -p "$work/b" && cp -r "$work"/a/*.sweep "$work/b"
  manifest=$(echo "$work"/b/*.sweep/manifest.jsonl)
  bare=$(seconds bash -c "seq 0 $((runs - 1)) | xargs -P $jobs -I{} node '$program' sweep run '$manifest' {}")
  echo "overhead: $runs runs of 0 steps, $jobs jobs: sweep $by_sweep s, bare starts $bare s, ratio $(ratio "$by_sweep" "$bare") (at most 1.3)"
}

throughput() {
  local two one
  two=$(seconds node "$program" sweep "$work/speed.yaml" --jobs 2 --quiet --out "$work/two")
  one=$(seconds node "$program" sweep "$work/speed.yaml" --jobs 1 --quiet --out "$work/one")
  echo "throughput: 4 runs of adding-t150: one job $one s, two jobs $two s, ratio $(ratio "$one" "$two") (at least 1.85)"
}

memory() {
  # Runs that are over cost the sweep what others do, but for their processes.
  node --input-type=module - "$work" <<'JS'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
const work = process.argv[2];
const { loadSweep } = await import(`${process.cwd()}/dist/sweeps/load.js`);
const { sweep } = loadSweep(`${work}/many.yaml`, { config: {}, slurm: [] });
for (const { run } of sweep.runs.slice(0, 4980)) {
  mkdirSync(`${work}/m/${run}`, { recursive: true });
  writeFileSync(`${work}/m/${run}/DONE.json`, JSON.stringify({ status: 'finished', step: 0, metrics: {}, baseline: {}, checkpoint: 'none' }));
}
JS
  local kib
  kib=$(python3 - "$program" "$work" <<'PY'
import os, subprocess, sys
program, work = sys.argv[1:]
process = subprocess.Popen(['node', program, 'sweep', f'{work}/many.yaml', '--jobs', '2', '--quiet', '--out', f'{work}/m'],
                           stdout=subprocess.DEVNULL)
print(os.wait4(process.pid, 0)[2].ru_maxrss)
PY
)
  echo "memory: peak of a sweep of 5000 runs $((kib / 1024)) MiB (at most 150 MB)"
}

for part in "${@:-overhead throughput memory}"; do for each in $part; do "$each"; done; done
