#!/usr/bin/env bash
# Table 4 on the stand-in for real speech: the grid search of configs/sweeps/table-4-speechocean762.yaml, two runs at a time, and
# the two rows that it ends with into results/paper/table-4/, and the report with them.
#
#   scripts/reproduce-table-4.sh    needs the corpus in data/speechocean762 (docs/experiments/timit.md)
#
# Resumable: start it again after an interruption.
set -euo pipefail
cd "$(dirname "$0")/.."
sweep=configs/sweeps/table-4-speechocean762.yaml
node bin/irnn-run.js sweep "$sweep" --dry-run | tail -n 8
begin=$(date +%s)
node bin/irnn-run.js sweep "$sweep" --jobs 2
echo "$((($(date +%s) - begin) / 60)) minutes"
folder=$(dirname "$(node bin/irnn-run.js sweep "$sweep" --launcher manifest)")
mkdir -p results/paper/table-4
cp "$folder/runs.csv" "$folder/selection.json" results/paper/table-4/
dirname results/runs/speechocean762-2l-bi-*/DONE.json | xargs scripts/publish-runs.sh results/paper/table-4
node bin/irnn-run.js report --runs results/paper
