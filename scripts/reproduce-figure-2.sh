#!/usr/bin/env bash
# Figure 2 and Table 1: the adding problem, four cells, three seeds, and the report with them.
#
#   scripts/reproduce-figure-2.sh                T = 150
#   scripts/reproduce-figure-2.sh 150 200        these lengths (150, 200, 300, 400)
#   JOBS=4 scripts/reproduce-figure-2.sh         so many runs at a time, one core each (default 2)
#
# Every run ends when it is solved on validation; the random RNNs, which may never be, end after STEPS (1 M) updates.
# What it costs at T = 150, measured with both cores of a virtual machine busy (Intel Xeon with AVX-512, 2026-11-23):
#
#   IRNN         0.135 to 0.165 M steps until solved = 2.4 to 3.3 minutes a seed
#   LSTM         0.43 to 0.6 M steps until solved    = 52 minutes (seed 1)
#   RNN + ReLU   as an IRNN, 1 ms a step, at most    = 1 M x 1 ms + evaluations = 20 minutes a seed
#   RNN + tanh   the same, at most 20 minutes a seed
#
# so 3 x (3 + 52 + 20 + 20) = 285 core minutes at most, 2.4 hours on two cores. A step takes longer in proportion to T.
# Start the script again after an interruption: runs continue from their checkpoints, finished ones are skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
runs=results/runs
steps=${STEPS:-1000000}
lengths=("${@:-150}")

commands() {
  for T in "${lengths[@]}"; do
    for seed in 1 2 3; do
      echo "configs/adding-t$T.yaml --seed $seed"
      echo "configs/adding-t$T-lstm.yaml --seed $seed"
      echo "configs/adding-t$T-rnn-relu.yaml --set training.steps=$steps --seed $seed"
      echo "configs/adding-t$T-rnn-tanh.yaml --set training.steps=$steps --seed $seed"
    done
  done
}
commands | xargs -P "${JOBS:-2}" -I{} sh -c "node bin/irnn-run.js {} --out $runs --quiet"

for T in "${lengths[@]}"; do scripts/publish-runs.sh results/paper/figure-2 "$runs/adding-t$T"-*; done
node bin/irnn-run.js report --runs results/paper
