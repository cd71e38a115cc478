#!/usr/bin/env bash
# Table 1, T = 150: the grid search of configs/sweeps/table-1-t150.yaml, two runs at a time, and what it chose into
# results/paper/table-1/ (runs.csv: every run; selection.json: the choice, to be read beside the paper's in the sweep
# file's head comment). At most 2,375,000 steps, of which 920,000 are of LSTMs: an hour and a quarter on two idle cores at
# 1.54 and 6.9 ms a step. Resumable: start it again after an interruption.
set -euo pipefail
cd "$(dirname "$0")/.."
sweep=configs/sweeps/table-1-t150.yaml
node bin/irnn-run.js sweep "$sweep" --dry-run | tail -n 8
begin=$(date +%s)
node bin/irnn-run.js sweep "$sweep" --jobs 2
echo "$((($(date +%s) - begin) / 60)) minutes"
folder=$(dirname "$(node bin/irnn-run.js sweep "$sweep" --launcher manifest)")
mkdir -p results/paper/table-1
cp "$folder/runs.csv" "$folder/selection.json" results/paper/table-1/
