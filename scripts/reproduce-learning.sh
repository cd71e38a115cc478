#!/usr/bin/env bash
# Runs that show what learns, and how fast, with the shipped settings (README, "What reproduces"):
#
#   adding T=150  IRNN, seeds 1-3     about 0.1 M steps each at 0.8 ms   = 3 x 1.5 minutes
#   adding T=150  LSTM                about 0.4 M steps at 3.3 ms        = 22 minutes
#   adding T=150  RNN + ReLU, + tanh  up to 0.5 M steps at 0.8 and 0.9 ms
#   adding T=300  IRNN                0.3 M steps at 1.6 ms              = 8 minutes
#   pixel MNIST   IRNN, scan line     75,000 steps at 4.2 ms             = 6 minutes
#
# Each run is resumable: start the script again after an interruption. Two run at a time. The metrics then go to
# results/paper/, and scripts/figure-adding-t150.mjs draws the README's figure from them.
set -euo pipefail
cd "$(dirname "$0")/.."
runs=results/runs

irnn_run() { node bin/irnn-run.js "$@" --out "$runs" --quiet; }

one() {
  irnn_run configs/adding-t150-lstm.yaml
  irnn_run configs/adding-t150-rnn-relu.yaml --set training.steps=500000
}
other() {
  for seed in 1 2 3; do irnn_run configs/adding-t150.yaml --seed "$seed"; done
  irnn_run configs/mnist.yaml --set training.steps=75000
  irnn_run configs/adding-t300.yaml --set training.steps=300000
  irnn_run configs/adding-t150-rnn-tanh.yaml --set training.steps=500000
}
one &
first=$!
other
wait "$first"

publish() { # publish RUN... FOLDER: metrics, config, environment and outcome; not the weights
  local folder=results/paper/${*: -1}
  for run in "${@:1:$#-1}"; do
    mkdir -p "$folder/$(basename "$run")"
    cp "$run"/{config.yaml,metrics.csv,timing.csv,meta.json,DONE.json} "$folder/$(basename "$run")"
  done
}
publish "$runs"/adding-t* figure-2
publish "$runs"/mnist-* figure-3
node scripts/figure-adding-t150.mjs
