#!/usr/bin/env bash
# Table 3 on the Brown corpus: the grid search of configs/sweeps/table-3-brown.yaml, the runs that it ends with, n-gram models on
# the same text, and the report with them.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/run-sweep.sh configs/sweeps/table-3-brown.yaml results/paper/table-3
dirname results/runs/brown-{lstm,irnn-4x512}-*/DONE.json | xargs scripts/publish-runs.sh results/paper/table-3
node bin/irnn-run.js baseline configs/brown-lstm.yaml --order 5 --json > results/paper/table-3/baselines.json
node bin/irnn-run.js report --runs results/paper
