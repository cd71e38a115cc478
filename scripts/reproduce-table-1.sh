#!/usr/bin/env bash
# Table 1, T = 150: the grid search of configs/sweeps/table-1-t150.yaml, and the report with what it chose beside the paper's
# choice. At most 2,375,000 steps, of which 920,000 are of LSTMs: 1 h 20 min on two idle cores at 1.5 and 8 ms a step.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/run-sweep.sh configs/sweeps/table-1-t150.yaml results/paper/table-1
node bin/irnn-run.js report --runs results/paper
