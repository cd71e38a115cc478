#!/usr/bin/env bash
# Table 4 on the stand-in for real speech: the grid search of configs/sweeps/table-4-speechocean762.yaml, the two runs that it
# ends with, and the report with them. Needs the corpus in data/speechocean762 (docs/experiments/timit.md).
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/run-sweep.sh configs/sweeps/table-4-speechocean762.yaml results/paper/table-4
dirname results/runs/speechocean762-2l-bi-*/DONE.json | xargs scripts/publish-runs.sh results/paper/table-4
node bin/irnn-run.js report --runs results/paper
