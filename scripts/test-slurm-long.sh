#!/usr/bin/env bash
# The long test of sweeps on Slurm: time limits crossed, cancelled and submitted again, a node lost, 2,500 runs with a
# MaxArraySize of 1001, each compared byte for byte with the same sweep run here. About 40 minutes on two cores, of which
# the 2,500 runs take most (IRNN_SLURM_RUNS=1100 for fewer). Needs root; brings up its own cluster and takes it down.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install-slurm.sh
npm run --silent test:slurm -- long
