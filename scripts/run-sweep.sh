#!/usr/bin/env bash
# Runs a sweep on both cores, and copies what it found (runs.csv: every run; selection.json: the choice) into a folder that a
# report reads. Resumable: start it again after an interruption.
#
#   scripts/run-sweep.sh configs/sweeps/table-1-t150.yaml results/paper/table-1
set -euo pipefail
cd "$(dirname "$0")/.."
sweep=$1 folder=$2

node bin/irnn-run.js sweep "$sweep" --dry-run | tail -n 8
begin=$(date +%s)
node bin/irnn-run.js sweep "$sweep" --jobs 2
echo "$((($(date +%s) - begin) / 60)) minutes"
manifest=$(node bin/irnn-run.js sweep "$sweep" --launcher manifest)
mkdir -p "$folder"
cp "$(dirname "$manifest")"/{runs.csv,selection.json} "$folder"
