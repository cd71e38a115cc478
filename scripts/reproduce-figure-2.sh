#!/usr/bin/env bash
# Figure 2 and Table 1: the adding problem, four cells, three seeds, and the report with them.
#
#   scripts/reproduce-figure-2.sh                T = 150
#   scripts/reproduce-figure-2.sh 150 200        these lengths (150, 200, 300, 400)
#   JOBS=4 scripts/reproduce-figure-2.sh         so many runs at a time, one core each (default 2)
#
# Every run ends when it is solved on validation; the random RNNs, which may never be, end after STEPS (1 M) updates.
# What it costs at T = 150, one core each of a virtual machine with both cores busy (the first two rows on an Intel Xeon,
# 2026-11-23, the others on an AMD EPYC, 2026-11-24, both with AVX-512), evaluations included:
#
#   IRNN         0.135 to 0.165 M steps until solved    2.4 to 3.3 minutes a seed
#   LSTM         0.43 to 0.6 M steps until solved       52 minutes (seed 1, 0.525 M)
#   RNN + ReLU   0.255 to 0.325 M steps until solved    9 minutes (seed 1, 0.29 M)
#   RNN + tanh   1 M steps, not solved                  28 minutes (seed 3)
#
# so about 3 x (3 + 52 + 9 + 28) = 276 core minutes, 2.3 hours on two cores. A step takes longer in proportion to T.
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
