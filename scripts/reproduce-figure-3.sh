#!/usr/bin/env bash
# Figure 3 and Table 2: pixel-by-pixel MNIST, and the report with it.
#
#   scripts/reproduce-figure-3.sh                the IRNN in scan-line order, seed 1
#   scripts/reproduce-figure-3.sh mnist mnist-lstm mnist-permuted      these configs
#   STEPS=1000000 SEEDS="1 2 3" JOBS=2 scripts/reproduce-figure-3.sh   the paper's length, three seeds, two at a time
#
# What it costs, measured with both cores of a virtual machine busy (Intel Xeon with AVX-512, 2026-11-23): the IRNN takes
# 7.8 ms a step and 2.4 s an evaluation (one every 2,500 steps), 75,000 steps = 11 minutes; so STEPS (400,000) =
# 52 + 6 minutes, and 1 M steps 2.5 hours. Alone on its core a step takes 4.7 ms; an LSTM's takes 4.5 times as long.
# Start the script again after an interruption: runs continue from their checkpoints, finished ones are skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
runs=results/runs
configs=("${@:-mnist}")

commands() {
  for config in "${configs[@]}"; do
    for seed in ${SEEDS:-1}; do
      echo "configs/$config.yaml --set training.steps=${STEPS:-400000} --seed $seed"
    done
  done
}
commands | xargs -P "${JOBS:-2}" -I{} sh -c "node bin/irnn-run.js {} --out $runs --quiet"

for config in "${configs[@]}"; do scripts/publish-runs.sh results/paper/figure-3 "$runs/$config"-????????-s*; done
node bin/irnn-run.js report --runs results/paper
